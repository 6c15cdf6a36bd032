import type { Policy } from '../../model/policy-version.ts'
import type { Task } from '../../model/task.ts'
import { type Capacity, findEdge, isActiveWork, isTerminal } from '../task-lifecycle.ts'
import type { AuditFacts, Complain, Step } from './facts.ts'

const CAPACITIES_OF: Readonly<Record<Step['actorKind'], readonly Capacity[]>> = {
  AGENT: ['CLAIMANT', 'WORKER', 'REVIEWER', 'LEAD'],
  HUMAN: ['HUMAN', 'REVIEWER'],
  SYSTEM: ['SYSTEM'],
}
const PLAN_BULLETS_MIN = 3
const PLAN_BULLETS_MAX = 6
const CHECKLIST_ITEMS_MIN = 8

/** I2, I3, I4, I6: tasks are where their moves lead, along the table, with what their state asks for, in one hand. */
export function auditTasks(facts: AuditFacts, complain: Complain): void {
  const open = openWork(facts)
  for (const task of facts.all('task')) {
    const said = (invariant: string, problem: string) => complain(invariant, `task/${task.id}`, problem)
    checkPath(task, facts.steps.get(task.id) ?? [], said)
    checkClaim(task, said)
    checkState(facts, task, open.runs.has(task.id), said)
    if (isTerminal(task.status) && open.approvals.has(task.id)) said('I6', `is ${task.status} with a pending approval`)
  }
  for (const [taskId] of facts.steps) {
    if (facts.get('task', taskId) === null) complain('I1', `task/${taskId}`, 'has moves and does not exist')
  }
  checkEpochs(facts, complain)
}

type Said = (invariant: string, problem: string) => void

function openWork(facts: AuditFacts) {
  const runs = new Set<string>()
  const approvals = new Set<string>()
  for (const { taskId, status, stopReason } of facts.all('run')) {
    if (taskId !== null && status === 'RUNNING' && stopReason === null) runs.add(taskId)
  }
  for (const { taskId, status } of facts.all('approval')) if (status === 'PENDING') approvals.add(taskId)
  return { runs, approvals }
}

function checkPath(task: Task, steps: readonly Step[], said: Said): void {
  let at: Task['status'] = 'INBOX'
  let seq = 0
  for (const step of [...steps].sort((one, other) => one.seq - other.seq)) {
    seq++
    if (step.seq !== seq) said('I2', `its moves have a gap before number ${step.seq}`)
    if (step.from !== at) said('I2', `was ${at}, and its move ${seq} begins at ${step.from}`)
    const edge = findEdge(step.from, step.to)
    if (edge === null) said('I2', `moved from ${step.from} to ${step.to}, which is no edge`)
    else if (!mayTake(edge.capacities, step)) said('I2', `${step.actorKind} moved it from ${step.from} to ${step.to}`)
    at = step.to
  }
  if (at !== task.status) said('I2', `is ${task.status}, and its moves end at ${at}`)
  if (seq !== task.transitionCount) said('I2', `counts ${task.transitionCount} moves, and there are ${seq}`)
}

/** Rules act inside the command of somebody else, and the move may name either. */
function mayTake(capacities: readonly Capacity[], { from, to, actorKind }: Step): boolean {
  if (CAPACITIES_OF[actorKind].some((one) => capacities.includes(one))) return true
  const isConsequence = to === 'NEEDS_APPROVAL' || from === 'NEEDS_APPROVAL' || to === 'BLOCKED'
  return isConsequence && capacities.includes('SYSTEM')
}

function checkClaim({ claim, epoch, status }: Task, said: Said): void {
  if (claim === null) return
  if (claim.epoch !== epoch) said('I3', `is in epoch ${epoch}, and its claim in ${claim.epoch}`)
  if (isTerminal(status)) said('I6', `is ${status}, and ${claim.agentId} still holds it`)
  if (isActiveWork(status) && claim.leaseUntil === null) said('I3', `is ${status}, and its lease has no end`)
}

function checkState(facts: AuditFacts, task: Task, hasRun: boolean, said: Said): void {
  const { status, deliverable, checklist, workPlan } = task
  if (status === 'IN_PROGRESS') {
    const bullets = workPlan?.bullets.filter((bullet) => bullet.trim() !== '').length ?? 0
    if (bullets < PLAN_BULLETS_MIN || bullets > PLAN_BULLETS_MAX) said('I2', 'is IN_PROGRESS without a plan')
  }
  if (status === 'REVIEW' || status === 'DONE') {
    const isEmpty =
      deliverable === null ||
      (!deliverable.summary?.trim() && !deliverable.content?.trim() && deliverable.artifactIds.length === 0)
    if (isEmpty) said('I2', `is ${status} without a deliverable`)
    if ((checklist?.items.length ?? 0) < CHECKLIST_ITEMS_MIN) said('I2', `is ${status} without a checklist`)
  }
  if (status === 'DONE') checkCompletion(facts, task, said)
  if (isTerminal(status) && hasRun) said('I6', `is ${status}, and a run of it goes on`)
}

/** An approval of this very deliverable, given by nobody who worked on it; unless a policy ever did without. */
function checkCompletion(facts: AuditFacts, task: Task, said: Said): void {
  const workers = new Set([...task.workedBy, ...task.assigneeIds])
  let isApproved = false
  for (const approval of facts.all('approval')) {
    if (approval.taskId !== task.id || approval.actionType !== 'COMPLETE_TASK' || approval.usedAt === null) continue
    const { submission, deliverableHash } = (approval.payload ?? {}) as {
      submission?: number
      deliverableHash?: string
    }
    if (submission !== task.submission || deliverableHash !== task.deliverable?.hash) continue
    isApproved = true
    for (const { principalId } of approval.decisions) {
      const agentId = facts.get('principal', principalId)?.agentId ?? null
      if (agentId !== null && workers.has(agentId)) said('I16', `${agentId} worked on it and approved it`)
    }
  }
  if (!isApproved && !everWithoutApproval(facts, task.projectId))
    said('I2', 'is DONE without an approval of its deliverable')
}

function everWithoutApproval(facts: AuditFacts, projectId: string): boolean {
  const applies = ({ projectId: owner }: Policy) => owner === null || owner === projectId
  for (const policy of facts.all('policy')) {
    if (applies(policy) && policy.content.rules?.reviewToDoneRequiresApproval === false) return true
  }
  return false
}

/** Nothing has happened in an epoch that the task has not had. */
function checkEpochs(facts: AuditFacts, complain: Complain): void {
  const check = (subject: string, taskId: string | null, epoch: number | null) => {
    const task = taskId === null ? null : facts.get('task', taskId)
    if (task !== null && epoch !== null && epoch > task.epoch) {
      complain('I4', subject, `is of epoch ${epoch}, and its task has come to ${task.epoch}`)
    }
  }
  for (const run of facts.all('run')) check(`run/${run.id}`, run.taskId, run.taskEpoch)
  for (const call of facts.all('toolCall')) check(`toolCall/${call.id}`, call.taskId, call.taskEpoch)
  for (const approval of facts.all('approval')) check(`approval/${approval.id}`, approval.taskId, approval.taskEpoch)
}
