import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

const HOSTS_MAX = 20
const ADDRESSES_MAX = 50

/** The host of a URL as the network rules compare it, or null. Literal addresses need no look-up. */
export function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  return host === '' || isIP(host) !== 0 ? null : host
}

/**
 * Every address of every host. A host that cannot be resolved in time has none, which no rule takes for a yes.
 * Hosts outside `allowed` are not asked for at all: a name server sees the names it is asked for.
 */
export async function addressesOf(
  urls: readonly string[],
  allowed: readonly string[] | null,
  timeMs: number,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const hosts = new Set(urls.map(hostOf).filter((host) => host !== null))
  const asked = [...hosts].filter((host) => allowed === null || isBelow(host, allowed)).slice(0, HOSTS_MAX)
  const answers = await Promise.all(asked.map(async (host) => [host, await resolveHost(host, timeMs)] as const))
  return Object.fromEntries(answers)
}

function isBelow(host: string, allowed: readonly string[]): boolean {
  return allowed.some((name) => host === name || host.endsWith(`.${name}`))
}

async function resolveHost(host: string, timeMs: number): Promise<readonly string[]> {
  const { promise: late, resolve } = deferred()
  const timer = setTimeout(resolve, timeMs, [])
  try {
    const found = lookup(host, { all: true }).then((entries) => entries.map(({ address }) => address))
    return (await Promise.race([found.catch(() => []), late])).slice(0, ADDRESSES_MAX)
  } finally {
    clearTimeout(timer)
  }
}

function deferred() {
  let resolve: (value: readonly string[]) => void = () => undefined
  const promise = new Promise<readonly string[]>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
