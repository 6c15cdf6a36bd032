import { z } from 'zod'
import { accept, globalCommand } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { jobLeaseId } from '../model/job-lease.ts'

const JOB = 'telegram'
const TURN_MS_MAX = 120_000

const input = z.strictObject({
  /** What the turn is for: leading, or one project's threads. */
  key: refSchema,
  /** The host that takes it. */
  owner: refSchema,
})

/** Whether the caller has the turn, and how far the last one came. */
export interface TelegramTurn {
  readonly taken: boolean
  readonly cursor: string | null
}

/** Takes or keeps a turn: of many bots one polls, and one follows the log of a project. It gives way when it is silent. */
export const takeTelegramTurn = globalCommand({
  name: 'telegram.takeTurn',
  summary: 'Takes or keeps the turn of one bot among many.',
  input: input.extend({ turnMs: z.int().min(1000).max(TURN_MS_MAX) }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: ({ key }) => ({ records: [{ kind: 'jobLease', id: jobLeaseId(JOB, key) }] }),
  decide({ snapshot, changes, now }, { key, owner, turnMs }) {
    const id = jobLeaseId(JOB, key)
    const lease = snapshot.get('jobLease', id)
    const held = { owner, leaseUntil: now + turnMs }
    if (lease === null) {
      changes.insert('jobLease', { projectId: null, job: JOB, key, ...held, lastRunKey: null, cursor: null }, id)
      return accept<TelegramTurn>({ taken: true, cursor: null })
    }
    if (lease.leaseUntil > now && lease.owner !== owner) return accept<TelegramTurn>({ taken: false, cursor: null })
    changes.update('jobLease', lease, held)
    return accept<TelegramTurn>({ taken: true, cursor: lease.cursor })
  },
})

/** Says how far a turn has come, and gives it up where the bot stops. Whoever lost it meanwhile changes nothing. */
export const noteTelegramTurn = globalCommand({
  name: 'telegram.noteTurn',
  summary: 'Says how far the turn of a bot has come, or ends it.',
  input: input.extend({ cursor: z.string().max(1000).optional(), isOver: z.literal(true).optional() }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: ({ key }) => ({ records: [{ kind: 'jobLease', id: jobLeaseId(JOB, key) }] }),
  decide({ snapshot, changes, now }, { key, owner, cursor, isOver }) {
    const lease = snapshot.get('jobLease', jobLeaseId(JOB, key))
    if (lease === null || lease.owner !== owner) return accept({ noted: false })
    changes.update('jobLease', lease, {
      cursor: cursor ?? lease.cursor,
      leaseUntil: isOver === true ? now : lease.leaseUntil,
    })
    return accept({ noted: true })
  },
})
