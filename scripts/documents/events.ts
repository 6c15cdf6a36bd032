import { EVENT_KINDS, type EventKind, eventSchema, eventType } from '../../packages/core/src/model/event.ts'
import { page, table } from './markdown.ts'

/** Every kind of event, and what each of them carries. */
export function renderEvents(): string {
  return page(
    'Events',
    '`packages/core/src/model/event.ts`',
    'An event is written by the same commit as the change it tells of: there is no event without its change, and no change without its event. The type is the name on the wire; the part before its dot says what it is about.',
    '## Kinds',
    table(
      ['About', 'Types'],
      [...bySubject()].map(([about, kinds]) => [about, kinds.map((kind) => `\`${eventType(kind)}\``).join(', ')]),
    ),
    '## Fields',
    'Every event has every field; `null` where there is nothing to say. A moment after the commit it also has its `seal`: `seq` without gaps, `prevHash`, and `hash`, which is SHA-256 over `prevHash` and the canonical JSON of the envelope without `hash`.',
    table(
      ['Field', 'Holds'],
      Object.keys(eventSchema.shape).map((field) => [`\`${field}\``, fieldMeaning[field as EventField]]),
    ),
  )
}

type EventField = keyof typeof eventSchema.shape

const fieldMeaning: Readonly<Record<EventField, string>> = {
  id: 'its id, `evt_…`, the same for every reader: deduplicate by it',
  projectId: 'the project; null for the log of the installation',
  kind: 'the kind, from which the type is made: `TASK_CREATED` is `task.created`',
  subject: 'what it is about, `<entity>/<id>`',
  time: 'when the change was decided, by the clock of the store, epoch ms',
  actor: 'who did it: `{ kind, id, role }` of the authenticated principal',
  taskId: 'the task it belongs to',
  agentId: 'the agent it belongs to',
  runId: 'the run it belongs to',
  summary: 'one sentence for people',
  reason: 'the reason the actor gave',
  data: 'the particulars of the kind, redacted',
  policyVersion: 'the policy it was decided under, `name@version`',
  costMicros: 'what it cost, in micro-USD',
  traceparent: 'the trace of the request (W3C)',
}

function bySubject(): ReadonlyMap<string, readonly EventKind[]> {
  const groups = new Map<string, EventKind[]>()
  for (const kind of EVENT_KINDS) {
    const about = eventType(kind).split('.')[0] ?? kind
    groups.set(about, [...(groups.get(about) ?? []), kind])
  }
  return groups
}
