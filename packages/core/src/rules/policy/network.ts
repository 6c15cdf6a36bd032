import type { EgressMode, NetworkSection } from '../../model/policy-network.ts'
import { canonicalAddress, specialRange } from './ip.ts'
import { NameSet } from './name-set.ts'
import { internalName } from './special-hosts.ts'
import type { HostFacts, Verdict, Violation } from './types.ts'
import { type HttpUrl, isSameUrl, parseHttpUrl, redirectTarget } from './url.ts'

/** Everything that can be said against a request, with what each demands on its own. */
const EGRESS_VERDICTS = {
  /** Not a URL that every program reads alike, or none at all. */
  EGRESS_URL_INVALID: 'DENY',
  /** Neither http nor https. */
  EGRESS_SCHEME: 'DENY',
  /** The host is, or resolves to, a loopback, private, link-local, metadata or otherwise special address. */
  EGRESS_PRIVATE_ADDRESS: 'DENY',
  /** The name belongs to a private network or to a metadata service. */
  EGRESS_INTERNAL_NAME: 'DENY',
  /** The method is in neither list. */
  EGRESS_METHOD: 'DENY',
  /** The host is not listed. */
  EGRESS_UNLISTED: 'NEEDS_APPROVAL',
  /** http where only https is listed, or the other way round. */
  EGRESS_SCHEME_UNLISTED: 'NEEDS_APPROVAL',
  /** The port is not listed. */
  EGRESS_PORT_UNLISTED: 'NEEDS_APPROVAL',
  /** A human decides on this method. */
  EGRESS_METHOD_APPROVAL: 'NEEDS_APPROVAL',
  /** The name has no address, or none is known although only public addresses may be reached. */
  EGRESS_UNRESOLVED: 'NEEDS_APPROVAL',
  /** More redirects than the policy follows. */
  EGRESS_REDIRECTS: 'NEEDS_APPROVAL',
} as const satisfies Record<string, Verdict>

export type EgressCode = keyof typeof EGRESS_VERDICTS

/** Every code that `assessUrl` gives. */
export const EGRESS_CODES = Object.keys(EGRESS_VERDICTS) as readonly EgressCode[]

const STEP_DENY_LISTS = 6
const STEP_ALLOWLISTS = 7

/** A network section made ready for many look-ups. */
export interface CompiledNetwork {
  readonly mode: EgressMode
  /** Names and addresses that are listed themselves. */
  readonly hosts: NameSet
  /** Names whose sub-domains are listed. */
  readonly parents: NameSet
  readonly literalAddresses: ReadonlySet<string>
  readonly schemes: ReadonlySet<string>
  /** Null: any port. */
  readonly ports: ReadonlySet<number> | null
  readonly methodsAllow: ReadonlySet<string>
  readonly methodsApprove: ReadonlySet<string>
  readonly maxRedirects: number
}

/** Prepares a section. A field that no policy decides takes the strictest value, so nothing is open by omission. */
export function compileNetwork(section: NetworkSection): CompiledNetwork {
  const entries = (section.hosts ?? []).map(readHostEntry)
  const literals = (section.literalAddresses ?? []).map(readAddress).filter((address) => address !== null)
  const hosts = new Set<string>(literals)
  const parents = new Set<string>()
  const literalAddresses = new Set<string>(literals)
  for (const entry of entries) {
    if (entry === null) continue
    if (entry.kind !== 'subdomains') hosts.add(entry.host)
    if (entry.kind === 'address') literalAddresses.add(entry.host)
    const standsForMore = entry.kind === 'subdomains' || (entry.kind === 'name' && section.exactHostOnly === false)
    // Without a dot it would be a whole top-level domain.
    if (standsForMore && entry.host.includes('.')) parents.add(entry.host)
  }
  return {
    mode: section.mode ?? 'allowlist',
    hosts: new NameSet(hosts),
    parents: new NameSet(parents),
    literalAddresses,
    schemes: new Set(section.schemes ?? ['https']),
    ports: section.ports === 'any' ? null : new Set(section.ports ?? [443]),
    methodsAllow: new Set(section.methodsAllow ?? ['GET', 'HEAD']),
    methodsApprove: new Set(section.methodsApprove ?? []),
    maxRedirects: section.maxRedirects ?? 0,
  }
}

/** Whether an entry of `hosts` lists anything; false for `*`, for text with a port or path, and for malformed names. */
export function isListableHost(entry: string): boolean {
  const read = readHostEntry(entry)
  return read !== null && (read.kind !== 'subdomains' || read.host.includes('.'))
}

interface HostEntry {
  readonly kind: 'name' | 'subdomains' | 'address'
  readonly host: string
}

function readHostEntry(entry: string): HostEntry | null {
  const address = readAddress(entry)
  if (address !== null) return { kind: 'address', host: address }
  const isWildcard = entry.startsWith('*.')
  const name = isWildcard ? entry.slice(2) : entry
  const parsed = parseHttpUrl(`https://${name}/`)
  if (
    !parsed.ok ||
    parsed.url.isAddress ||
    parsed.url.port !== 443 ||
    parsed.url.href !== `https://${parsed.url.host}/`
  ) {
    return null
  }
  return { kind: isWildcard ? 'subdomains' : 'name', host: parsed.url.host }
}

function readAddress(text: string): string | null {
  return canonicalAddress(text.replace(/^\[(.*)\]$/, '$1'))
}

export interface UrlRequest {
  /** HTTP method; a tool that names none sends GET. */
  readonly method: string
  /**
   * What the executing machine resolved; null when nothing was looked up. The address list of the name `*` stands
   * for every host without a list of its own, which simulations need.
   */
  readonly facts: HostFacts | null
}

export interface UrlAssessment {
  /** Empty when the request may be sent. */
  readonly violations: readonly Violation[]
  /** Host of the URL itself, null when it cannot be told. Redirects do not change it. */
  readonly host: string | null
}

/** Judges one outgoing request: the URL, every address its host resolves to, and every redirect that is known. */
export function assessUrl(network: CompiledNetwork, text: string, request: UrlRequest): UrlAssessment {
  const complaints = new Complaints()
  checkMethod(network, request.method, complaints)
  const host = followHops(network, text, request.facts, complaints)
  return { violations: complaints.violations, host }
}

/** What is said against a request, each thing once. */
class Complaints {
  violations: readonly Violation[] = NOTHING

  add(code: EgressCode, detail: string): void {
    if (this.violations.some((said) => said.code === code && said.detail === detail)) return
    this.violations = [...this.violations, violation(code, detail)]
  }
}

const NOTHING: readonly Violation[] = []

function violation(code: EgressCode, detail: string): Violation {
  const verdict = EGRESS_VERDICTS[code]
  const isDenied = verdict === 'DENY'
  return { step: isDenied ? STEP_DENY_LISTS : STEP_ALLOWLISTS, code, detail, verdict, overridable: !isDenied }
}

function checkMethod(network: CompiledNetwork, method: string, complaints: Complaints): void {
  const name = method === 'GET' ? method : method.toUpperCase()
  if (network.methodsAllow.has(name)) return
  if (network.methodsApprove.has(name)) complaints.add('EGRESS_METHOD_APPROVAL', `${name} requests need an approval`)
  else complaints.add('EGRESS_METHOD', 'the method is not one that the policy lists')
}

function followHops(
  network: CompiledNetwork,
  text: string,
  facts: HostFacts | null,
  complaints: Complaints,
): string | null {
  let firstHost: string | null = null
  let next = text
  for (let hop = 0; ; hop++) {
    const parsed = parseHttpUrl(next)
    if (!parsed.ok) {
      const subject = hop === 0 ? 'the URL' : 'a redirect'
      complaints.add(parsed.reason === 'SCHEME' ? 'EGRESS_SCHEME' : 'EGRESS_URL_INVALID', `${subject} ${parsed.detail}`)
      return firstHost
    }
    firstHost ??= parsed.url.host
    checkHop(network, parsed.url, facts, complaints)

    const location = redirectFrom(parsed.url, facts)
    if (location === null) return firstHost
    if (hop >= network.maxRedirects) {
      complaints.add('EGRESS_REDIRECTS', `more than ${network.maxRedirects} redirects`)
      return firstHost
    }
    const target = redirectTarget(parsed.url, location)
    if (target === null) {
      complaints.add('EGRESS_URL_INVALID', 'a redirect leads to no readable URL')
      return firstHost
    }
    next = target
  }
}

function redirectFrom(url: HttpUrl, facts: HostFacts | null): string | null {
  if (facts === null) return null
  const known = Object.entries(facts.redirects ?? {}).find(([from]) => isSameUrl(from, url))
  return known === undefined ? null : known[1].location
}

function checkHop(network: CompiledNetwork, url: HttpUrl, facts: HostFacts | null, complaints: Complaints): void {
  if (!network.schemes.has(url.scheme)) complaints.add('EGRESS_SCHEME_UNLISTED', `${url.scheme} is not listed`)
  if (network.ports !== null && !network.ports.has(url.port)) {
    complaints.add('EGRESS_PORT_UNLISTED', `port ${url.port} is not listed`)
  }
  if (network.mode === 'allowlist' && !isListed(network, url.host)) {
    complaints.add('EGRESS_UNLISTED', `${url.host} is not listed`)
  }
  if (url.isAddress) {
    if (!url.isPlainHost) complaints.add('EGRESS_URL_INVALID', `the URL writes ${url.host} in another notation`)
    checkAddress(network, url.host, url.host, complaints)
    return
  }
  const internal = internalName(url.host)
  if (internal !== null && !network.hosts.has(url.host))
    complaints.add('EGRESS_INTERNAL_NAME', `${url.host} is ${internal}`)
  checkResolved(network, url.host, facts, complaints)
}

function isListed(network: CompiledNetwork, host: string): boolean {
  if (network.hosts.has(host)) return true
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    if (network.parents.hasEnd(host, dot + 1)) return true
  }
  return false
}

function checkResolved(network: CompiledNetwork, host: string, facts: HostFacts | null, complaints: Complaints): void {
  const addresses = addressesOf(host, facts)
  if (addresses === null) {
    // A listed host is vouched for by name and checked again when the connection is made; any other one is not.
    if (network.mode === 'public') complaints.add('EGRESS_UNRESOLVED', `the addresses of ${host} are not known`)
    return
  }
  if (addresses.length === 0) complaints.add('EGRESS_UNRESOLVED', `${host} has no address`)
  for (const address of addresses) checkAddress(network, host, address, complaints)
}

function addressesOf(host: string, facts: HostFacts | null): readonly string[] | null {
  if (facts === null) return null
  const known = facts.addresses ?? {}
  if (Object.hasOwn(known, host)) return known[host] ?? null
  return Object.hasOwn(known, '*') ? (known['*'] ?? null) : null
}

function checkAddress(network: CompiledNetwork, host: string, address: string, complaints: Complaints): void {
  const special = specialRange(address)
  if (special === null) return
  const canonical = canonicalAddress(address)
  if (canonical !== null && network.literalAddresses.has(canonical)) return
  complaints.add('EGRESS_PRIVATE_ADDRESS', `${host} leads to an address that is not public (${special})`)
}
