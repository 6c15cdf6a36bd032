import type { Detector, Report } from './secret-match.ts'
import { isStandIn, isWordy, looksDrawn } from './values.ts'

const AUTHORITY_CHARS_MAX = 1024
const AUTHORITY_END = /[\s"'`<>\\^{}|]|$/g

/** Finds passwords and tokens in the userinfo of URLs of any scheme. The user name stays. */
export const findUrlCredentials: Detector = (text, report) => {
  for (let mark = text.indexOf('://'); mark >= 0; mark = text.indexOf('://', mark + 3)) {
    if (!/[A-Za-z0-9+.-]/.test(text[mark - 1] ?? '')) continue
    const start = mark + 3
    const piece = text.slice(start, start + AUTHORITY_CHARS_MAX)
    reportUserinfo(piece, start, report)
  }
}

function reportUserinfo(piece: string, start: number, report: Report): void {
  const at = userinfoEnd(piece)
  if (at < 0) return
  const colon = piece.indexOf(':')
  const hasPassword = colon >= 0 && colon < at
  const secret = piece.slice(hasPassword ? colon + 1 : 0, at)
  if (isStandIn(secret)) return
  if (hasPassword) report('password', start + colon + 1, start + at)
  else if (secret.length >= 16 && (looksDrawn(secret) || !isWordy(secret))) report('token', start, start + at)
}

/** Index of the `@` that ends the userinfo, -1 when there is none. */
function userinfoEnd(piece: string): number {
  AUTHORITY_END.lastIndex = 0
  const word = piece.slice(0, AUTHORITY_END.exec(piece)?.index ?? piece.length)
  const slash = word.search(/[/?#]/)
  const authority = slash < 0 ? word : word.slice(0, slash)
  if (authority.includes('@')) return authority.lastIndexOf('@')
  // Passwords are not always encoded: `user:pa/ss@host`. A port before the slash means that the host is over.
  const colon = authority.indexOf(':')
  if (slash < 0 || colon < 0 || /^\d{0,5}$/.test(authority.slice(colon + 1))) return -1
  const at = word.indexOf('@', slash)
  return at >= 0 && /^[A-Za-z0-9[]/.test(word.slice(at + 1)) ? at : -1
}

/** Query parameters that carry a signature or a one-time credential; the others are found by their name elsewhere. */
const SIGNED_QUERY =
  /(?:[?&;](?:amp;)?(?:sig|signature|code|ticket|otp|auth|hmac)|\bx-(?:amz|goog|oss|ms)-(?:signature|security-token|credential))=([^\s&#"'`<>\\]{12,2048})/gi

/** Finds signatures and one-time credentials in query strings. */
export const findSignedQueries: Detector = (text, report) => {
  SIGNED_QUERY.lastIndex = 0
  for (let match = SIGNED_QUERY.exec(text); match !== null; match = SIGNED_QUERY.exec(text)) {
    const value = match[1] ?? ''
    if (isStandIn(value) || isWordy(value)) continue
    report('signature', SIGNED_QUERY.lastIndex - value.length, SIGNED_QUERY.lastIndex)
  }
}

/** Addresses that are themselves the permission to post. The host stays. */
const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks|\.webhook\.office\.com\/webhookb2|outlook\.office(?:365)?\.com\/webhook|hooks\.zapier\.com\/hooks\/catch|hook\.\w{2,8}\.make\.com|maker\.ifttt\.com\/(?:use|trigger\/\w{1,64}\/(?:json\/)?with\/key)|open\.feishu\.cn\/open-apis\/bot\/v2\/hook|qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/send)(?:\/|\?key=)([^\s"'`<>\\)\]},;|]{8,1024})/gi

/** Finds the secret path of incoming webhooks. */
export const findWebhooks: Detector = (text, report) => {
  WEBHOOK.lastIndex = 0
  for (let match = WEBHOOK.exec(text); match !== null; match = WEBHOOK.exec(text)) {
    const path = match[1] ?? ''
    if (!/[A-Za-z0-9_-]{6}/.test(path) || isStandIn(path) || isWordy(path)) continue
    report('webhook', WEBHOOK.lastIndex - path.length, WEBHOOK.lastIndex)
  }
}
