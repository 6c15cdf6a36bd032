import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { ed25519Signer, type Signer } from '@mission-control/core'
import { InputFault } from './input-fault.ts'
import type { Terminal } from './terminal.ts'

type CryptoKeys = Parameters<typeof ed25519Signer>[0]

/** The signer of a private key in PEM. Its id follows from the public key, so that nobody has to make one up. */
export async function readSigner(terminal: Terminal, path: string): Promise<Signer> {
  const key = parsed(path, await terminal.read(path), createPrivateKey)
  const publicKey = createPublicKey(key)
  const keyId = keyIdOf(publicKey)
  const privateKey = await imported(key.export({ format: 'der', type: 'pkcs8' }), 'pkcs8', 'sign')
  return ed25519Signer({ keyId, privateKey, publicKeys: { [keyId]: await publicOf(publicKey) } })
}

/** Something that checks signatures of one public key in PEM and cannot sign. */
export async function readVerifier(terminal: Terminal, path: string): Promise<Signer> {
  const key = parsed(path, await terminal.read(path), createPublicKey)
  const keyId = keyIdOf(key)
  const publicKey = await publicOf(key)
  const { verify } = ed25519Signer({ keyId, privateKey: publicKey, publicKeys: { [keyId]: publicKey } })
  const sign = async () => {
    throw new InputFault(`${path}: a public key cannot sign`)
  }
  return { keyId, sign, verify }
}

function parsed(path: string, text: string, read: (text: string) => KeyObject): KeyObject {
  let key: KeyObject
  try {
    key = read(text)
  } catch {
    throw new InputFault(`${path}: this is no key in PEM; make one with: openssl genpkey -algorithm ed25519`)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new InputFault(`${path}: only Ed25519 keys sign backups`)
  return key
}

function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex')
    .slice(0, 16)
}

function publicOf(key: KeyObject): Promise<CryptoKeys['privateKey']> {
  return imported(key.export({ format: 'der', type: 'spki' }), 'spki', 'verify')
}

function imported(bytes: Buffer, format: 'pkcs8' | 'spki', use: 'sign' | 'verify'): Promise<CryptoKeys['privateKey']> {
  return crypto.subtle.importKey(format, new Uint8Array(bytes), 'Ed25519', true, [use])
}
