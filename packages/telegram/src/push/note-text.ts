import type { Alert, MissionControlClient, Notification, Task, TelegramNote } from '@mission-control/core'
import { fromMarkdown } from '../text/markdown.ts'
import { bold, lines, type RichText, rich, value } from '../text/rich-text.ts'
import { approvalRef, riskSign, taskRef, usd } from '../text/words.ts'

const LINE_UNITS_MAX = 200
const BODY_UNITS_MAX = 1500

/** Above what a loop is one; a detector counts up to and including, or beyond, its limit. */
const LOOP_THRESHOLDS: Readonly<Record<string, number>> = {
  COMMENT_STORM: 20,
  REVIEW_PING_PONG: 3,
  BACK_AND_FORTH: 8,
  TOOL_FAILURE: 2,
  RUN_FAILURE: 4,
  OSCILLATION: 5,
  NO_PROGRESS: 9,
}

/** What a note of the outbox says in a chat. */
export async function noteText(bridge: MissionControlClient, { note, alert }: TelegramNote): Promise<RichText> {
  if (note.type === 'DIGEST') return fromMarkdown(note.body)
  if (note.title.startsWith('Cleared: ')) return rich('✔️ ', value(note.title))
  const special = alert === null ? null : await ofAlert(bridge, note, alert)
  if (special !== null) return special
  return lines(rich('🔔 ', value(note.title)), note.body === '' ? null : value(note.body, BODY_UNITS_MAX))
}

/** One line for each of many notes, requests first; what they are about is a command away. */
export function foldedText(due: readonly TelegramNote[], linesMax: number): RichText {
  const requests = due.filter(({ approval }) => approval !== null)
  const others = due.filter(({ approval }) => approval === null)
  const shown = [...requests, ...others].slice(0, linesMax)
  const rest = due.length - shown.length
  return lines(
    bold(`🔔 ${due.length} notices`),
    ...shown.map(lineOf),
    rest > 0 ? `and ${rest} more` : null,
    requests.length > 0 ? '/my_approvals shows what waits.' : null,
    due.some(({ note }) => note.type === 'DIGEST') ? '/brief shows the brief of a project.' : null,
  )
}

function lineOf({ note, approval }: TelegramNote): RichText {
  if (approval === null) return rich('• ', value(note.title, LINE_UNITS_MAX))
  const { riskLevel, actionSummary } = approval
  return rich(`${riskSign(riskLevel)} ${approvalRef(approval)} `, value(actionSummary, LINE_UNITS_MAX))
}

async function ofAlert(bridge: MissionControlClient, note: Notification, alert: Alert): Promise<RichText | null> {
  const task = alert.taskId === null ? null : await taskOf(bridge, note.projectId, alert.taskId)
  switch (alert.type) {
    case 'BUDGET_EXCEEDED':
      return budgetText(bridge, alert, task)
    case 'LOOP_DETECTED':
      return loopText(bridge, alert, task)
    case 'TASK_BLOCKED':
      return task === null ? null : rich(`🚫 ${taskRef(task)} `, value(task.title), ': ', value(alert.description))
    case 'HEALTH_DEGRADED':
      // The alert on what a host needs names it in its description, that on one thing in its title.
      return alert.dedupeKey === alert.type
        ? rich('⚠️ ', value(alert.description), ': DEGRADED ', value(alert.title))
        : rich('⚠️ ', value(alert.title), ': DEGRADED ', value(alert.description))
    default:
      return lines(
        rich(`${alert.severity === 'CRITICAL' ? '🚨' : '🔔'} `, value(alert.title)),
        value(alert.description, BODY_UNITS_MAX),
      )
  }
}

async function taskOf(bridge: MissionControlClient, projectId: string, taskId: string): Promise<Task | null> {
  const found = await bridge.tasks.get({ projectId, taskId })
  return found.ok ? found.data : null
}

type Fields = Readonly<Record<string, unknown>>

/** What the log says of the latest event of that kind. */
async function latest(
  bridge: MissionControlClient,
  kind: 'BUDGET_EXCEEDED' | 'LOOP_DETECTED',
  { projectId, taskId, agentId }: Alert,
): Promise<Fields | null> {
  const about = taskId === null ? (agentId === null ? {} : { agentId }) : { taskId }
  const listed = await bridge.events.list({ projectId, kinds: [kind], newestFirst: true, limit: 1, ...about })
  return listed.ok ? ((listed.data.data[0]?.data ?? null) as Fields | null) : null
}

async function budgetText(bridge: MissionControlClient, alert: Alert, task: Task | null): Promise<RichText> {
  const told = await latest(bridge, 'BUDGET_EXCEEDED', alert)
  const [account] = (told?.accounts ?? []) as { settled?: number; reserved?: number; capMicros?: number | null }[]
  const spent = (account?.settled ?? 0) + (account?.reserved ?? 0)
  const { agentId, projectId } = alert
  const found = agentId === null ? null : await bridge.agents.get({ projectId, agentId })
  const name = found?.ok === true ? found.data.agent.name : alert.title
  return rich(
    '💸 ',
    value(name),
    ` ${usd(spent)}/${account?.capMicros == null ? '–' : usd(account.capMicros)}`,
    task === null ? '' : ` · ${taskRef(task)}`,
    ' · next: raise and resume, or wait for the next window',
  )
}

async function loopText(bridge: MissionControlClient, alert: Alert, task: Task | null): Promise<RichText | null> {
  const told = await latest(bridge, 'LOOP_DETECTED', alert)
  const detector = typeof told?.detector === 'string' ? told.detector : null
  if (told === null || detector === null) return null
  const where = task === null ? '' : `${taskRef(task)} `
  return rich(`🔁 ${where}${detector}: ${Number(told.count)} > ${LOOP_THRESHOLDS[detector] ?? '–'}`)
}
