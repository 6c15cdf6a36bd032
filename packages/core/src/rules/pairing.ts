import { sha256Hex } from './hash.ts'

/** Without letters and digits that are taken for each other. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const GROUP_CHARS = 4
const CODE_CHARS = 12

/** A code that a person can type on a phone, from a secret: three groups of four, sixty random bits. */
export function pairingCode(secret: string): string {
  const digest = sha256Hex(`pairing:${secret}`)
  let code = ''
  for (let at = 0; at < CODE_CHARS; at++) {
    if (at > 0 && at % GROUP_CHARS === 0) code += '-'
    code += ALPHABET[Number.parseInt(digest.slice(at * 2, at * 2 + 2), 16) % ALPHABET.length]
  }
  return code
}

/** What is stored of a code, however it was typed. */
export function pairingHash(code: string): string {
  return sha256Hex(`pairing:${code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')}`)
}
