import type { HostFacts } from '@mission-control/core/policy'
import type { CaseContext } from './case.ts'

/** Links followed before a chain of them counts as endless, as Linux does. */
const LINKS_MAX = 40
/** Where a path leads that goes round in circles: nowhere that any policy lists. */
const NOWHERE = '/..endless..'

/** What a machine that looked like the stubs would report. Null when there are none: then nothing is known. */
export function factsOfStubs(context: CaseContext, workspaceRoot: string): HostFacts | null {
  const { dns, dns_seq, redirects, fs } = context
  if (dns === undefined && dns_seq === undefined && redirects === undefined && fs === undefined) return null
  const fixed = Object.entries(dns ?? {}).map(([host, answer]) => [host, [answer].flat()] as const)
  // A name that changes its answer has every address it ever gave.
  const changing = Object.entries(dns_seq ?? {}).map(([host, answers]) => [host, answers.flat()] as const)
  const addresses: Record<string, readonly string[]> = {}
  for (const [host, list] of [...fixed, ...changing]) {
    const key = host.toLowerCase()
    addresses[key] = [...(Object.hasOwn(addresses, key) ? (addresses[key] ?? []) : []), ...list]
  }
  return {
    realPaths: realPathsOf(fs?.symlinks ?? {}, workspaceRoot),
    addresses,
    ...(redirects === undefined ? {} : { redirects }),
  }
}

/** Every stubbed link with the place it leads to in the end, by the path it is written as and by the one it really has. */
function realPathsOf(symlinks: Readonly<Record<string, string>>, root: string): Record<string, string> {
  const links = new Map(Object.entries(symlinks).map(([from, to]) => [normal(root, from), to] as const))
  const real: Record<string, string> = {}
  for (const link of links.keys()) {
    real[link] = follow(link, links)
    const parent = follow(link.slice(0, link.lastIndexOf('/')) || '/', links)
    const moved = normal(parent, link.slice(link.lastIndexOf('/') + 1))
    if (moved !== link) real[moved] = follow(links.get(link) ?? '', links, parent)
  }
  return real
}

/** Follows a path the way a kernel does: each link is replaced before the name behind it is looked up. */
function follow(path: string, links: ReadonlyMap<string, string>, base = '/'): string {
  const todo = `${path.startsWith('/') ? '' : base}/${path}`.split('/').reverse()
  let current = ''
  let followed = 0
  while (todo.length > 0) {
    const segment = todo.pop() ?? ''
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      current = current.slice(0, Math.max(0, current.lastIndexOf('/')))
      continue
    }
    const target = links.get(`${current}/${segment}`)
    if (target === undefined) {
      current = `${current}/${segment}`
      continue
    }
    followed += 1
    if (followed > LINKS_MAX) return NOWHERE
    if (target.startsWith('/')) current = ''
    todo.push(...target.split('/').reverse())
  }
  return current === '' ? '/' : current
}

function normal(base: string, path: string): string {
  const out: string[] = []
  for (const segment of `${path.startsWith('/') ? '' : base}/${path}`.split('/')) {
    if (segment === '..') out.pop()
    else if (segment !== '' && segment !== '.') out.push(segment)
  }
  return `/${out.join('/')}`
}
