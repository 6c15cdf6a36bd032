const PURPOSE = new TextEncoder().encode('mission-control csrf')
const TOKEN = /^[0-9a-f]{64}$/

/**
 * The token that requests of a session carry beside the cookie. It follows from the session, so nothing is stored and
 * any host can check it; and the session does not follow from it, so a page may hold it.
 */
export async function csrfToken(session: string): Promise<string> {
  const signature = await crypto.subtle.sign('HMAC', await keyOf(session), PURPOSE)
  return [...new Uint8Array(signature)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether this is the token of that session, in time that does not depend on where they differ. */
export async function isCsrfToken(session: string, said: string): Promise<boolean> {
  if (!TOKEN.test(said)) return false
  const bytes = Uint8Array.from(said.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return crypto.subtle.verify('HMAC', await keyOf(session), bytes, PURPOSE)
}

function keyOf(session: string) {
  const bytes = new TextEncoder().encode(session)
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}
