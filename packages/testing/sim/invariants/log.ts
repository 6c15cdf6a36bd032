import type { Change } from '../mirror.ts'
import type { Sight, Watch } from './watch.ts'

/** Kinds whose change nobody has to read of. */
const RENEWED = new Set(['task', 'run', 'credential', 'alert', 'executor', 'execution'])
const RENEWABLE = new Set([
  'claim',
  'leaseUntil',
  'lastSeenAt',
  'healthy',
  'lastUsedAt',
  'count',
  'description',
  'version',
  'updatedAt',
])
const SILENT = new Set([
  'liveness',
  'notification',
  'subscription',
  'jobLease',
  'workload',
  'performanceStat',
  'webhookFeed',
  'webhookDelivery',
  'telegramLink',
  'telegramMessage',
])
/** A token that actors put into what they say. */
const SECRET = /ghp_[A-Za-z0-9]{20}/
const ROWS_MAX = 1_000

/** I17, I23, I24, I29, I30: every change is in the log, under the name of who made it, in its own project, without secrets. */
export function watchLog({ mirror, complain }: Sight): Watch {
  return {
    committed: (change) => {
      checkEvents(change, mirror, complain)
      const owner = change.commit.projectId
      for (const { kind, after } of change.written) {
        if (after.projectId !== null && after.projectId !== owner)
          complain('I29', `a commit of ${owner} wrote ${kind} ${after.id}`)
      }
      const { checks, puts, adds, events } = change.commit
      const rows = checks.length + puts.length + adds.length + events.length
      if (rows > ROWS_MAX) complain('I30', `a commit has ${rows} rows`)
      if (change.call?.operation === 'messages.post' && SECRET.test(JSON.stringify([puts, events]))) {
        complain('I24', `a token was stored by ${change.call.key}`)
      }
    },
  }
}

function checkEvents(change: Change, mirror: Sight['mirror'], complain: Sight['complain']): void {
  const { call, events, written } = change
  const loud = written.find(({ kind, before, after }) => !SILENT.has(kind) && !isRenewal(kind, before, after))
  if (loud !== undefined && events.length === 0)
    complain('I23', `${loud.kind} ${loud.after.id} changed and no event tells of it`)
  for (const event of events) {
    if (event.projectId !== change.commit.projectId)
      complain('I29', `${event.kind} is in the log of ${event.projectId}`)
    if (call === null) continue
    const isOwn = event.actor.id === call.principalId || event.actor.kind === 'SYSTEM'
    if (!isOwn) complain('I17', `${event.kind} names ${event.actor.name}, but ${call.principalId} called`)
    if (event.actor.kind !== 'SYSTEM' && mirror.get('principal', event.actor.id) === null) {
      complain('I17', `${event.kind} names ${event.actor.id}, who is nobody`)
    }
    if (event.traceparent !== call.key) complain('I23', `${event.kind} does not name the request it came from`)
  }
}

/** A heartbeat prolongs leases, a key that opens says when it was used, and a repeated alert counts up, without an event. */
function isRenewal(kind: string, before: object | null, after: object): boolean {
  if (before === null || !RENEWED.has(kind)) return false
  const changed = Object.keys(after).filter((key) => {
    const [was, is] = [before[key as keyof object] as unknown, after[key as keyof object] as unknown]
    return was !== is && JSON.stringify(was) !== JSON.stringify(is)
  })
  return changed.every((key) => RENEWABLE.has(key))
}
