import { specialRange } from '../policy/ip.ts'
import { internalName } from '../policy/special-hosts.ts'
import { parseHttpUrl } from '../policy/url.ts'

/**
 * Why nothing may be sent to this URL, or null. Asked when a webhook is saved, and again by whoever sends, with the
 * addresses that its name has at that moment: one that is not public refuses them all.
 */
export function webhookTargetProblem(
  text: string,
  options: { readonly addresses?: readonly string[]; readonly allowsPrivate?: boolean } = {},
): string | null {
  const parsed = parseHttpUrl(text)
  if (!parsed.ok) return parsed.detail
  if (options.allowsPrivate === true) return null
  const { scheme, host, isAddress, isPlainHost } = parsed.url
  if (scheme !== 'https') return 'is not https'
  if (!isPlainHost) return 'writes its address in another notation'
  const internal = isAddress ? null : internalName(host)
  if (internal !== null) return `${host} is ${internal}`
  if (options.addresses?.length === 0) return `${host} has no address`
  for (const address of isAddress ? [host] : (options.addresses ?? [])) {
    const special = specialRange(address)
    if (special !== null) return `${host} leads to an address that is not public (${special})`
  }
  return null
}
