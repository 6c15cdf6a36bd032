/** Signs checkpoints and manifests. The key belongs where the store's administrators cannot reach it. */
export interface Signer {
  /** Names the key, so that what an older key signed can still be checked. */
  readonly keyId: string
  sign(text: string): Promise<string>
  /** False also for a key that is not known. */
  verify(text: string, signature: string, keyId: string): Promise<boolean>
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const ALGORITHM = 'Ed25519'
const encoder = new TextEncoder()

/** Signs with Ed25519 of Web Crypto. Public keys of earlier signers may be given along, by their id. */
export function ed25519Signer(keys: {
  readonly keyId: string
  readonly privateKey: Key
  readonly publicKeys: Readonly<Record<string, Key>>
}): Signer {
  const { keyId, privateKey } = keys
  const publicKeys = new Map(Object.entries(keys.publicKeys))
  return {
    keyId,
    sign: async (text) =>
      base64url(new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, encoder.encode(text)))),
    verify: async (text, signature, signedBy) => {
      const key = publicKeys.get(signedBy)
      const bytes = bytesOf(signature)
      if (key === undefined || bytes === null) return false
      return crypto.subtle.verify(ALGORITHM, key, bytes, encoder.encode(text))
    },
  }
}

/** A signer with a new pair of keys: for tests and trials, where nobody has to check tomorrow what is signed today. */
export async function generatedSigner(keyId: string): Promise<Signer> {
  const pair = await crypto.subtle.generateKey({ name: ALGORITHM }, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('a pair of keys was asked for')
  return ed25519Signer({ keyId, privateKey: pair.privateKey, publicKeys: { [keyId]: pair.publicKey } })
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}
