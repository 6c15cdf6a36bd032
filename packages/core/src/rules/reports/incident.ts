import type { Agent } from '../../model/agent.ts'
import type { EventDraft } from '../../model/event.ts'
import type { Run } from '../../model/run.ts'
import type { Task } from '../../model/task.ts'
import { bullets, moment, page, quoted, said, table, usd } from './markdown.ts'

export interface Incident {
  readonly task: Task
  /** The agents that have or had the task. */
  readonly agents: readonly Agent[]
  readonly documents: readonly { readonly id: string; readonly name: string; readonly type: string }[]
  /** Oldest first. */
  readonly events: readonly EventDraft[]
  /** How many events there are beyond those given. */
  readonly isCut: boolean
  /** Oldest first. */
  readonly runs: readonly Run[]
  readonly spentMicros: number
  readonly budgetMicros: number | null
  readonly byModel: readonly { readonly key: string; readonly micros: number; readonly tokens: number }[]
}

/** Everything about one task for somebody who was not there, as Markdown. */
export function incidentMarkdown(incident: Incident): string {
  const { task, agents } = incident
  const names = new Map(agents.map((agent) => [agent.id, agent]))
  const nameOf = (id: string) => said(names.get(id)?.name ?? id)
  const facts = [
    `Id: ${task.id}`,
    `Status: ${task.status}`,
    `Priority: ${task.priority}`,
    `Type: ${task.type}`,
    `Created: ${moment(task.createdAt)}`,
    `Cost / budget: ${usd(incident.spentMicros)} / ${usd(incident.budgetMicros)}`,
  ]
  const assignees = task.assigneeIds.map((id) => `${nameOf(id)} (${roleOf(names.get(id))})`)
  const timeline = incident.events.map((event) => [
    moment(event.time),
    said(event.actor.name),
    event.kind,
    said(event.summary + (event.reason === null ? '' : `: ${event.reason}`)),
    event.costMicros === null ? '' : usd(event.costMicros),
  ])
  const runs = incident.runs.map((run) => [
    run.id,
    nameOf(run.agentId),
    said(run.model),
    run.status + (run.stopReason === null ? '' : ` (${run.stopReason})`),
    moment(run.startedAt),
    usd(run.billedMicros + run.imputedMicros),
  ])
  return page(
    `# Incident report: ${said(task.title)}`,
    bullets(facts, ''),
    `## Description\n\n${quotedOr(task.description, 'None.')}`,
    `## Block reason\n\n${quotedOr(task.blockedReason, 'The task is not blocked.')}`,
    `## Assignees\n\n${bullets(assignees, 'Nobody.')}`,
    `## Timeline\n\n${table(['When', 'Who', 'What', 'Summary', 'Cost'], timeline)}${incident.isCut ? '\n\nLater events are left out.' : ''}`,
    `## Deliverable\n\n${quotedOr(task.deliverable?.summary ?? task.deliverable?.content ?? null, 'None.')}`,
    `## Artifacts\n\n${bullets(
      incident.documents.map(({ id, name, type }) => `${said(name)} (${type}, ${id})`),
      'None.',
    )}`,
    `## Cost breakdown\n\n${table(
      ['Model', 'Cost', 'Tokens'],
      incident.byModel.map(({ key, micros, tokens }) => [said(key) || 'other', usd(micros), String(tokens)]),
    )}`,
    `## Runs\n\n${table(['Run', 'Agent', 'Model', 'Status', 'Started', 'Cost'], runs)}`,
  )
}

function roleOf(agent: Agent | undefined): string {
  if (agent === undefined) return 'unknown'
  return agent.isCao ? 'CAO' : agent.role
}

function quotedOr(text: string | null, none: string): string {
  return text === null || text.trim() === '' ? none : quoted(text)
}
