import type { Kind, RecordOf } from '../../model/records.ts'
import type { AuditFacts, Complain } from './facts.ts'

type Pointed = 'task' | 'run' | 'agent' | 'approval'
type Pointers = readonly (readonly [Pointed, string | null])[]

/** I29: everything belongs to a project that exists, and points only to what belongs to the same one. */
export function auditIsolation(facts: AuditFacts, complain: Complain): void {
  const check = (kind: Kind, { id, projectId }: { id: string; projectId: string | null }, pointers: Pointers) => {
    if (projectId === null || facts.get('project', projectId) === null) {
      complain('I29', `${kind}/${id}`, `belongs to ${projectId}, which is no project`)
    }
    for (const [pointed, to] of pointers) {
      const other = to === null || to === '' ? null : facts.get(pointed, to)
      if (other !== null && other.projectId !== projectId) {
        complain('I29', `${kind}/${id}`, `of ${projectId} points to ${pointed} ${to} of ${other.projectId}`)
      }
    }
  }
  for (const task of facts.all('task')) check('task', task, pointersOfTask(task))
  for (const run of facts.all('run'))
    check('run', run, [
      ['agent', run.agentId],
      ['task', run.taskId],
    ])
  for (const approval of facts.all('approval')) {
    check('approval', approval, [
      ['agent', approval.onBehalfOfAgentId],
      ['task', approval.taskId],
      ['run', approval.runId],
    ])
  }
  for (const call of facts.all('toolCall')) {
    check('toolCall', call, [
      ['agent', call.agentId],
      ['task', call.taskId],
      ['run', call.runId],
      ['approval', call.grantId],
    ])
  }
  for (const agent of facts.all('agent'))
    check('agent', agent, [
      ['agent', agent.parentAgentId],
      ['task', agent.parentTaskId],
    ])
  for (const review of facts.all('review')) check('review', review, [['task', review.taskId]])
  for (const one of facts.all('reservation')) check('reservation', one, [['run', one.runId]])
}

function pointersOfTask({ assigneeIds, claim, parentTaskId, dependsOn }: RecordOf<'task'>): Pointers {
  return [
    ...assigneeIds.map((id) => ['agent', id] as const),
    ['agent', claim?.agentId ?? null],
    ['task', parentTaskId],
    ...dependsOn.map((id) => ['task', id] as const),
  ]
}
