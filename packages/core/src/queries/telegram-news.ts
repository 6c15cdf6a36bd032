import type { EventKind } from '../model/event.ts'
import type { Message } from '../model/message.ts'
import type { Task } from '../model/task.ts'
import type { TelegramMessage } from '../model/telegram.ts'
import { PAGE_ROWS_MAX, type StorageQueries, type StoredEvent } from '../ports/storage.ts'
import { byId } from './one.ts'
import type { Reading } from './query.ts'

/** Pages of the log that one look reads on while it finds nothing to show. */
const LOG_PAGES_MAX = 5
const NEWS_MAX = 50
/** A log that began so lately is followed from its beginning by a bot that has followed nothing yet. */
const YOUNG_MS = 10 * 60_000

/** What threads show. */
const THREAD_KINDS: readonly EventKind[] = ['TASK_CREATED', 'TASK_TRANSITION', 'MESSAGE_POSTED', 'MESSAGE_EDITED']

/** Something that threads show, with what it is about as that is now. */
export interface TelegramNews {
  readonly event: StoredEvent
  readonly task: Task
  /** The root of the task's thread; null where there is none yet. */
  readonly root: TelegramMessage | null
  /** The message of the task that was written or edited, and where the chat shows it. */
  readonly message: Message | null
  readonly shown: TelegramMessage | null
}

type Sources = Pick<Reading, 'queries' | 'readEvents' | 'now'>

/** What happened in tasks and their threads after that place in the log, and where to go on. */
export async function readNews(
  sources: Sources,
  after: string | null,
): Promise<{ readonly news: readonly TelegramNews[]; readonly cursor: string | null }> {
  const { events, cursor } = await threadEvents(sources, after ?? (await beginning(sources)))
  return { news: await withSubjects(sources.queries, events), cursor }
}

/** Where a bot begins that has followed nothing yet: nobody wants the threads of years. */
async function beginning({ queries, readEvents, now }: Sources): Promise<string | null> {
  const [first] = (await readEvents({ after: null, limit: 1 })).events
  if (first === undefined || now - first.time < YOUNG_MS) return null
  const { events } = await queries.timeline({ newestFirst: true, limit: 1 })
  return events[0]?.cursor ?? null
}

/** Reads on in the log until there is something to show. */
async function threadEvents(
  { readEvents }: Sources,
  place: string | null,
): Promise<{ events: readonly StoredEvent[]; cursor: string | null }> {
  let cursor = place
  for (let page = 0; page < LOG_PAGES_MAX; page++) {
    const read = await readEvents({ after: cursor, limit: PAGE_ROWS_MAX })
    const shown = read.events.filter(({ kind, taskId }) => taskId !== null && THREAD_KINDS.includes(kind))
    const last = shown[NEWS_MAX - 1]
    if (shown.length > NEWS_MAX && last !== undefined) return { events: shown.slice(0, NEWS_MAX), cursor: last.cursor }
    cursor = read.cursor ?? cursor
    if (shown.length > 0 || read.events.length < PAGE_ROWS_MAX) return { events: shown, cursor }
  }
  return { events: [], cursor }
}

async function withSubjects(queries: StorageQueries, events: readonly StoredEvent[]): Promise<readonly TelegramNews[]> {
  if (events.length === 0) return []
  const messageIds = events.flatMap(({ subject }) => (subject.startsWith('message/') ? [afterSlash(subject)] : []))
  const tasks = await byId(
    queries,
    'task',
    events.flatMap(({ taskId }) => taskId ?? []),
  )
  const messages = await byId(queries, 'message', messageIds)
  const inChat = await bySubject(queries, [
    ...[...tasks.keys()].map((id) => `task/${id}`),
    ...[...messages.keys()].map((id) => `message/${id}`),
  ])
  return events.flatMap((event): TelegramNews[] => {
    const task = tasks.get(event.taskId ?? '')
    if (task === undefined) return []
    const root = inChat.get(`task/${task.id}`) ?? null
    const message = messages.get(afterSlash(event.subject)) ?? null
    return [{ event, task, root, message, shown: inChat.get(event.subject) ?? null }]
  })
}

/** Where chats show tasks and their messages. */
async function bySubject(
  queries: StorageQueries,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, TelegramMessage>> {
  const { rows } = await queries.page({
    kind: 'telegramMessage',
    filters: [
      { field: 'kind', op: 'in', value: ['TASK', 'MESSAGE'] },
      { field: 'subject', op: 'in', value: subjects },
    ],
    limit: PAGE_ROWS_MAX,
  })
  return new Map(rows.map((row) => [row.subject, row]))
}

function afterSlash(subject: string): string {
  return subject.slice(subject.indexOf('/') + 1)
}
