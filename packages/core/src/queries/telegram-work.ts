import { z } from 'zod'
import type { Approval } from '../model/approval.ts'
import type { Alert, Notification } from '../model/notification.ts'
import type { TelegramMessage } from '../model/telegram.ts'
import type { Filter, FilterValue, RecordPage, StorageQueries } from '../ports/storage.ts'
import { byId } from './one.ts'
import { found, globalQuery } from './query.ts'
import { forBotOnly } from './telegram.ts'
import { readNews, type TelegramNews } from './telegram-news.ts'

const NOTES_MAX = 50
const PAGE_MAX = 200
/** Two thousand cards that wait; more than people could decide before they expire. */
const CARD_PAGES_MAX = 10
/** Cards of ended requests, and as many of those with votes: what one look gives at most. */
const CARDS_MAX = 50

/** A note that is due, with what it tells of as it is now. */
export interface TelegramNote {
  readonly note: Notification
  readonly approval: Approval | null
  readonly alert: Alert | null
}

/** A message with buttons that may say something old. */
export interface TelegramCard {
  readonly card: TelegramMessage
  readonly approval: Approval
}

/** What there is to do for a bot. */
export interface TelegramWork {
  /** The store's clock, epoch ms. */
  readonly now: number
  /** Notes that are due, the longest due first. */
  readonly notes: readonly TelegramNote[]
  /** Open cards whose request has ended, or has votes. */
  readonly cards: readonly TelegramCard[]
  /** What happened in tasks and their threads, in the order of the log. */
  readonly news: readonly TelegramNews[]
  /** Where the next look goes on in the log once the news are shown; null while the log is empty. */
  readonly cursor: string | null
}

/** One look for everything: however many projects and cards there are, a bot that has nothing to do asks once. */
export const telegramWork = globalQuery({
  name: 'telegram.work',
  summary: 'Gives a bot what there is to do: notes that are due, cards that say something old, and news for threads.',
  input: z.strictObject({
    /** Where the last look ended in the log; absent: nothing was followed yet. */
    after: z.string().max(1000).optional(),
  }),
  permission: 'principals.admin',
  async read({ queries, readEvents, principal, now }, { after }) {
    if (principal !== null) return forBotOnly()
    const notes = await dueNotes(queries, now)
    const cards = await staleCards(queries)
    return found<TelegramWork>({ now, notes, cards, ...(await readNews({ queries, readEvents, now }, after ?? null)) })
  },
})

async function dueNotes(queries: StorageQueries, now: number): Promise<readonly TelegramNote[]> {
  const { rows } = await queries.page({
    kind: 'notification',
    filters: [
      { field: 'status', op: 'eq', value: 'PENDING' },
      { field: 'channel', op: 'eq', value: 'TELEGRAM' },
      { field: 'nextAttemptAt', op: 'lte', value: now },
    ],
    order: [{ field: 'nextAttemptAt', direction: 'asc' }],
    limit: NOTES_MAX,
  })
  const requests = rows.flatMap(({ type, refs }) => (type === 'APPROVAL_REQUESTED' ? (refs.approvalId ?? []) : []))
  const approvals = await byId(queries, 'approval', requests)
  const alerts = await byId(
    queries,
    'alert',
    rows.flatMap((note) => (note.type === 'ALERT' ? alertIdOf(note) : [])),
  )
  return rows.map((note) => ({
    note,
    approval: (note.type === 'APPROVAL_REQUESTED' && approvals.get(note.refs.approvalId ?? '')) || null,
    alert: (note.type === 'ALERT' && alerts.get(alertIdOf(note)[0] ?? '')) || null,
  }))
}

function alertIdOf({ subject }: Notification): string[] {
  return subject.startsWith('alert/') ? [afterSlash(subject)] : []
}

/** Reads all open cards, so that none hides behind others that wait. */
async function staleCards(queries: StorageQueries): Promise<readonly TelegramCard[]> {
  const filters: readonly Filter[] = [
    { field: 'kind', op: 'eq', value: 'APPROVAL' },
    { field: 'closedAt', op: 'eq', value: null },
  ]
  const order = [{ field: 'createdAt', direction: 'asc' }] as const
  const ended: TelegramCard[] = []
  const voted: TelegramCard[] = []
  let after: readonly FilterValue[] | null = null
  for (let page = 0; page < CARD_PAGES_MAX; page++) {
    const request = { kind: 'telegramMessage', filters, order, limit: PAGE_MAX } as const
    const { rows, next }: RecordPage<'telegramMessage'> = await queries.page(
      after === null ? request : { ...request, after },
    )
    const approvals = await byId(queries, 'approval', rows.map(requestIdOf))
    for (const card of rows) {
      const approval = approvals.get(requestIdOf(card))
      if (approval === undefined) continue
      if (approval.status !== 'PENDING') ended.push({ card, approval })
      else if (approval.decisions.length > 0) voted.push({ card, approval })
    }
    after = next
    if (after === null || ended.length >= CARDS_MAX) break
  }
  return [...ended.slice(0, CARDS_MAX), ...voted.slice(0, CARDS_MAX)]
}

function requestIdOf({ subject }: TelegramMessage): string {
  return afterSlash(subject)
}

function afterSlash(subject: string): string {
  return subject.slice(subject.indexOf('/') + 1)
}
