import { isIP } from 'node:net'
import { hostOf } from './addresses.ts'
import type { Containment } from './containment.ts'
import { urlsIn } from './words.ts'
import { WorkspaceError } from './workspace-error.ts'

/** Without settings files, other protocols and proxies. `-q` only counts as the first word. */
const PINNED = ['-q', '--proto', '=http,https', '--proto-redir', '=http,https', '--noproxy', '*']

/**
 * A command line of curl that connects to the addresses the decision saw and to no others, so that a name cannot
 * mean something public when it is judged and something private a moment later.
 */
export function prepareCurl(argv: readonly string[], containment: Containment): readonly string[] {
  const [name = 'curl', ...words] = argv
  const pins = urlsIn(words).flatMap((url) => {
    const host = hostOf(url)
    if (host === null) return []
    const addresses = containment.addressesOf(host) ?? []
    if (addresses.length === 0) {
      throw new WorkspaceError('ADDRESS_UNKNOWN', `the addresses of ${host} were not known when the call was judged`)
    }
    const { port, protocol } = new URL(url)
    const written = addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address))
    return ['--resolve', `${host}:${port || (protocol === 'https:' ? '443' : '80')}:${written.join(',')}`]
  })
  return [name, ...PINNED, ...pins, ...words]
}
