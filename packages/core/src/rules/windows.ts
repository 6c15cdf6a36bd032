import type { AccountKey, AccountWindow } from '../model/ledger.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(timeZone, format)
  }
  return format
}

const MINUTE_MS = 60_000
/** The minute last asked about, per zone: a busy project asks about the same one over and over. */
const lastMinutes = new Map<string, { readonly minute: number; readonly date: string }>()

/** The local date of a moment, `2026-03-29`. Exact on days of 23 and 25 hours, because it asks the calendar. */
export function localDate(at: number, timeZone: string): string {
  const minute = Math.floor(at / MINUTE_MS)
  const last = lastMinutes.get(timeZone)
  // Zones shift by whole minutes, so all of a minute is one day.
  if (last?.minute === minute) return last.date
  const date = calendarDate(at, timeZone)
  lastMinutes.set(timeZone, { minute, date })
  return date
}

function calendarDate(at: number, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(at)
  const part = (type: string) => parts.find((entry) => entry.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

const DAY_MS = 86_400_000

/** The ISO week of a local date, `2026-W14`; weeks begin on Monday. */
function isoWeek(date: string): string {
  const at = Date.parse(`${date}T00:00:00Z`)
  const weekday = (Math.floor(at / DAY_MS) + 3) % 7 // 1970-01-01 was a Thursday; Monday is 0
  const thursday = at + (3 - weekday) * DAY_MS
  const year = localDate(thursday, 'UTC').slice(0, 4)
  const firstThursdayWeek = Math.floor((thursday - Date.parse(`${year}-01-01T00:00:00Z`)) / (7 * DAY_MS)) + 1
  return `${year}-W${String(firstThursdayWeek).padStart(2, '0')}`
}

/** The key of the window that a moment falls into. */
export function windowKey(window: AccountWindow, at: number, timeZone: string): string {
  if (window === 'LIFETIME') return ''
  const date = localDate(at, timeZone)
  if (window === 'DAY') return date
  if (window === 'MONTH') return date.slice(0, 7)
  return isoWeek(date)
}

/** The first moment after `at` whose window differs: when today's account stops being today's. */
export function windowEndsAt(window: AccountWindow, at: number, timeZone: string): number {
  const key = windowKey(window, at, timeZone)
  if (key === '') return Number.MAX_SAFE_INTEGER
  const spanMs = { DAY: 26 * 3_600_000, WEEK: 8 * DAY_MS, MONTH: 32 * DAY_MS }[window as 'DAY' | 'WEEK' | 'MONTH']
  // Zones shift by whole minutes, so the boundary is found to the millisecond by halving.
  let inside = at
  let outside = at + spanMs
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2)
    if (windowKey(window, middle, timeZone) === key) inside = middle
    else outside = middle
  }
  return outside
}

/** Whether the window of an account has ended. */
export function isOver(key: Pick<AccountKey, 'window' | 'windowKey'>, at: number, timeZone: string): boolean {
  return key.window !== 'LIFETIME' && key.windowKey < windowKey(key.window, at, timeZone)
}

/** The four accounts that every run is held on, in the order overrides are asked for. */
export function runAccounts(of: {
  projectId: string
  agentId: string
  taskId: string | null
  runId: string
  at: number
  timeZone: string
}): AccountKey[] {
  const usd = { projectId: of.projectId, metric: 'USD' } as const
  const day = windowKey('DAY', of.at, of.timeZone)
  return [
    { ...usd, scopeType: 'RUN', scopeId: of.runId, window: 'LIFETIME', windowKey: '' },
    ...(of.taskId === null
      ? []
      : [{ ...usd, scopeType: 'TASK', scopeId: of.taskId, window: 'LIFETIME', windowKey: '' } as const]),
    { ...usd, scopeType: 'AGENT', scopeId: of.agentId, window: 'DAY', windowKey: day },
    { ...usd, scopeType: 'PROJECT', scopeId: of.projectId, window: 'DAY', windowKey: day },
  ]
}

/** The first moment of the window that `at` falls into. */
export function windowStartsAt(window: AccountWindow, at: number, timeZone: string): number {
  const key = windowKey(window, at, timeZone)
  if (key === '') return 0
  const spanMs = { DAY: 26 * 3_600_000, WEEK: 8 * DAY_MS, MONTH: 32 * DAY_MS }[window as 'DAY' | 'WEEK' | 'MONTH']
  let outside = at - spanMs
  let inside = at
  while (inside - outside > 1) {
    const middle = Math.floor((inside + outside) / 2)
    if (windowKey(window, middle, timeZone) === key) inside = middle
    else outside = middle
  }
  return inside
}
