import { z } from 'zod'

/** The prefix of every kind of identifier. An id is `<prefix>_<ULID>`, so a log line says what it points at. */
export const ID_PREFIX = {
  project: 'prj',
  principal: 'prn',
  credential: 'crd',
  agent: 'agt',
  task: 'tsk',
  transition: 'trn',
  message: 'msg',
  subscription: 'sub',
  run: 'run',
  usageLine: 'usg',
  toolCall: 'tcl',
  budget: 'bdg',
  reservation: 'rsv',
  ledgerEntry: 'led',
  approval: 'apr',
  review: 'rvw',
  policy: 'pol',
  decision: 'dec',
  document: 'doc',
  alert: 'alr',
  notification: 'ntf',
  event: 'evt',
} as const

export type IdKind = keyof typeof ID_PREFIX

/** The one row of installation-wide settings. */
export const SYSTEM_ID = 'system'

/** A reference to a row: any text of a sensible length. Whether it exists is NOT_FOUND, not VALIDATION. */
export const refSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9._:@/+-]+$/, 'must be an id')

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The ULID that follows, as if one more had been drawn in the same millisecond. */
function successor(ulid: string): string {
  const chars = [...ulid]
  for (let index = chars.length - 1; index >= 0; index--) {
    const digit = ALPHABET.indexOf(chars[index] ?? '0')
    if (digit < ALPHABET.length - 1) {
      chars[index] = ALPHABET[digit + 1] ?? '0'
      return chars.join('')
    }
    chars[index] = '0'
  }
  return chars.join('')
}

export type NextId = (kind: IdKind) => string

/**
 * Turns the one ULID that came with a command into as many ids as the command needs.
 * The same command id gives the same ids in the same order, so a repeated attempt writes the same rows.
 */
export function idSequence(commandUlid: string): NextId {
  const lastByKind = new Map<IdKind, string>()
  return (kind) => {
    const last = lastByKind.get(kind)
    const ulid = last === undefined ? commandUlid : successor(last)
    lastByKind.set(kind, ulid)
    return `${ID_PREFIX[kind]}_${ulid}`
  }
}
