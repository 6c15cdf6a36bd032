import { NameSet } from './name-set.ts'

/**
 * Name endings that never belong to the public internet: reserved by RFC 6761, RFC 6762, RFC 8375 and ICANN's
 * `internal`, or in wide use inside networks and clusters.
 */
const INTERNAL_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'intra',
  'private',
  'corp',
  'lan',
  'home',
  'home.arpa',
  'localdomain',
  'workgroup',
  'svc',
  'consul',
  'docker',
  'test',
  'invalid',
  'onion',
  'alt',
  // Services whose names stand for any address that is written in them, or for this machine.
  'nip.io',
  'sslip.io',
  'xip.io',
  'localtest.me',
  'lvh.me',
]
const INTERNAL = new NameSet(INTERNAL_SUFFIXES)

/** What the endings of two labels end in. */
const ENDS_OF_TWO = new NameSet(
  INTERNAL_SUFFIXES.filter((suffix) => suffix.includes('.')).map((suffix) => suffix.slice(suffix.indexOf('.') + 1)),
)

/** Public-looking names under which a cloud tells a machine its own credentials. */
const METADATA_NAMES = new NameSet([
  'metadata.amazonaws.com',
  'instance-data.amazonaws.com',
  'metadata.googleapis.com',
  'metadata.azure.com',
  'metadata.oraclecloud.com',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
])

/** Says why a host name points into a private network; null when it may be public. */
export function internalName(host: string): string | null {
  if (METADATA_NAMES.has(host)) return 'a metadata service'
  const lastDot = host.lastIndexOf('.')
  if (lastDot === -1) return 'a name without a dot'
  if (INTERNAL.hasEnd(host, lastDot + 1)) return `a name below .${host.slice(lastDot + 1)}`
  if (!ENDS_OF_TWO.hasEnd(host, lastDot + 1)) return null
  const lastTwo = lastDot === 0 ? 0 : host.lastIndexOf('.', lastDot - 1) + 1
  return INTERNAL.hasEnd(host, lastTwo) ? `a name below .${host.slice(lastTwo)}` : null
}
