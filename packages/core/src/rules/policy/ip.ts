import ipaddr from 'ipaddr.js'

/**
 * Public addresses that clouds route to the host of a virtual machine. The usual metadata addresses lie in ranges
 * that are special anyway; this one (Azure) does not.
 */
const HOST_SERVICES = new Set(['168.63.129.16'])

const NUMBERS = /^[0-9.]+$/

/**
 * The one spelling of an IP address, or null when the text is not an address in plain notation.
 *
 * Plain is four decimal numbers without leading zeros, or IPv6 without a zone. Everything else (octal, hexadecimal,
 * short forms) means different addresses to different programs, so it is no address here.
 */
export function canonicalAddress(text: string): string | null {
  if (NUMBERS.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text)) return text
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return null
  return ipaddr.IPv6.parse(withoutDots(text)).toString()
}

/** Spells `::10.0.0.1` as `::a00:1`: the parser would silently read it as the mapped form `::ffff:10.0.0.1`. */
function withoutDots(text: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  if (dotted === null) return text
  const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number)
  return `${text.slice(0, dotted.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/**
 * Says why an address is not on the public internet, for instance `loopback`; null when it is.
 *
 * An IPv4 address that travels inside an IPv6 one is judged as well, because that is where the packet ends up.
 * Text that is no address at all is `unreadable`.
 */
export function specialRange(text: string): string | null {
  const address = canonicalAddress(text)
  if (address === null) return 'unreadable'
  if (!address.includes(':')) return specialV4(address)
  return specialV6(ipaddr.IPv6.parse(address))
}

function specialV4(address: string): string | null {
  if (HOST_SERVICES.has(address)) return 'hostService'
  const range = ipaddr.IPv4.parse(address).range()
  return range === 'unicast' ? null : range
}

function specialV6(address: ipaddr.IPv6): string | null {
  const range = address.range()
  switch (range) {
    case 'ipv4Mapped':
      return within(range, embedded(address, 6))
    case 'rfc6052':
      return isLocalTranslation(address) ? 'localTranslation' : within('nat64', embedded(address, 6))
    // Nobody needs the deprecated tunnels, so they are special whatever is inside; naming it helps the reader.
    case '6to4':
      return within(range, embedded(address, 1)) ?? range
    case 'teredo':
      return within(range, embedded(address, 2)) ?? within(range, inverted(embedded(address, 6))) ?? range
    case 'unicast':
      return specialUnicast(address)
    default:
      return range
  }
}

function specialUnicast(address: ipaddr.IPv6): string | null {
  const [first = 0, , , , fifth = 0, sixth = 0] = address.parts
  // Only 2000::/3 is assigned as global unicast. Outside of it lie the old IPv4-compatible form and things to come.
  if ((first & 0xe000) !== 0x2000)
    return address.parts.slice(0, 6).every((part) => part === 0) ? 'ipv4Compatible' : 'unassigned'
  // ISATAP hides in any prefix: the interface part is 0000:5efe or 0200:5efe and an IPv4 address.
  if ((fifth & ~0x0200) === 0 && sixth === 0x5efe) return within('isatap', embedded(address, 6))
  return null
}

/** 64:ff9b:1::/48 is for translators of one site, so what it reaches is known to that site only (RFC 8215). */
function isLocalTranslation(address: ipaddr.IPv6): boolean {
  return address.parts[2] === 1
}

/** The IPv4 address in the two parts from `index` on. */
function embedded(address: ipaddr.IPv6, index: number): string {
  const high = address.parts[index] ?? 0
  const low = address.parts[index + 1] ?? 0
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

/** Teredo stores the client's address with all bits flipped. */
function inverted(address: string): string {
  return address
    .split('.')
    .map((octet) => Number(octet) ^ 0xff)
    .join('.')
}

function within(outer: string, address: string): string | null {
  const range = specialV4(address)
  return range === null ? null : `${range} in ${outer}`
}
