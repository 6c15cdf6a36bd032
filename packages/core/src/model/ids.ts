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
  directThread: 'thr',
  agentDocument: 'adc',
  agentDocumentVersion: 'adv',
  errorReport: 'err',
  performanceStat: 'prf',
  executor: 'exr',
  execution: 'exn',
  telegramLink: 'tgl',
  telegramCode: 'tgc',
  telegramMessage: 'tgm',
  webhook: 'whk',
  webhookDelivery: 'whd',
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
/** A ULID is its time, then four characters that number the ids of one command, then what tells commands apart. */
const TIME_CHARS = 10
const SLOT_CHARS = 4
const SLOTS_MAX = ALPHABET.length ** SLOT_CHARS

function slotText(slot: number): string {
  if (slot >= SLOTS_MAX) throw new RangeError(`one command draws at most ${SLOTS_MAX} ids of a kind`)
  let text = ''
  for (let rest = slot; text.length < SLOT_CHARS; rest = Math.floor(rest / ALPHABET.length)) {
    text = (ALPHABET[rest % ALPHABET.length] ?? '0') + text
  }
  return text
}

export type NextId = (kind: IdKind) => string

/**
 * Turns the one ULID that came with a command into as many ids as the command needs: sorted as they were drawn, and
 * ending in the random part of the ULID, so that the short ids people use differ between commands.
 * The same command id gives the same ids in the same order, so a repeated attempt writes the same rows.
 */
export function idSequence(commandUlid: string): NextId {
  const drawnByKind = new Map<IdKind, number>()
  const time = commandUlid.slice(0, TIME_CHARS)
  const random = commandUlid.slice(TIME_CHARS + SLOT_CHARS)
  return (kind) => {
    const slot = drawnByKind.get(kind) ?? 0
    drawnByKind.set(kind, slot + 1)
    return `${ID_PREFIX[kind]}_${time}${slotText(slot)}${random}`
  }
}
