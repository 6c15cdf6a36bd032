import { type MissionControlClient, unwrap } from '@mission-control/core'
import {
  createTestHarness,
  TEST_START_AT,
  type TestAgent,
  type TestHarness,
  type TestHarnessOptions,
} from '@mission-control/testing'

export type { TestAgent, TestHarness } from '@mission-control/testing'

const PLAN = { bullets: ['read', 'write', 'check'] }
/** Needs two people: nothing maps it. */
export const RED_CALL = { tool: 'transfer_funds', input: { amount: 5 }, sessionKey: 's' } as const
/** Runs as it is for a SPECIALIST. */
export const YELLOW_CALL = { tool: 'write_file', input: { path: 'src/app.ts', content: 'x' }, sessionKey: 's' } as const
export const GREEN_CALL = { tool: 'read_file', input: { path: 'src/app.ts' }, sessionKey: 's' } as const
export const WHY = { justification: 'it has to be done', rollbackPlan: 'undo it' }

/** One specialist who works on one task, and a human who may decide. */
export interface Scene {
  readonly h: TestHarness
  readonly worker: TestAgent
  readonly ann: MissionControlClient
  readonly bob: MissionControlClient
  readonly taskId: string
  readonly epoch: number
}

let scenes = 0

/** A policy section on top of the built-in ones, for the whole project. */
type Sections = Readonly<Record<string, unknown>>

export async function scene(
  sections: Sections = {},
  options: Pick<TestHarnessOptions, 'oneTimeCodes'> = {},
): Promise<Scene> {
  // Ids follow from the time: no two scenes of one file share any.
  const h = await createTestHarness({ startAt: TEST_START_AT + ++scenes, ...options })
  if (Object.keys(sections).length > 0) await activate(h, sections)
  const worker = await h.agent({ name: 'Worker', workspacePath: '/srv/worker' })
  const { taskId, epoch } = await startedTask(h, worker)
  return { h, worker, ann: await h.operator('Ann'), bob: await h.operator('Bob'), taskId, epoch }
}

/** Puts a policy of the project into force. */
export async function activate(h: TestHarness, content: Sections): Promise<void> {
  const draft = unwrap(await h.admin.policies.draft({ name: `project-${scenes}`, scopeType: 'PROJECT', content }))
  unwrap(await h.admin.policies.activate({ policyId: draft.id }))
}

/** A task of the given type that the agent has claimed and started. */
export async function startedTask(
  h: TestHarness,
  worker: TestAgent,
  type: 'DOCS' | 'ENGINEERING' = 'DOCS',
): Promise<{ taskId: string; epoch: number }> {
  const task = unwrap(await h.admin.tasks.create({ title: 'Write the guide', type }))
  const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
  return { taskId: task.id, epoch }
}

export async function statusOf(h: TestHarness, taskId: string): Promise<string> {
  return unwrap(await h.admin.tasks.get({ taskId })).status
}

/** Hands in a deliverable; the task is in REVIEW. */
export async function submit({ worker, taskId, epoch }: Scene, content = 'the guide'): Promise<void> {
  unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable: { content } }))
}

/** Asks for the RED call on the task; gives the approval that now waits. */
export async function askRed(
  { worker, taskId, epoch }: Scene,
  input: { amount: number } = { amount: 5 },
): Promise<string> {
  const answer = unwrap(await worker.client.toolCalls.gate({ ...RED_CALL, input, ...WHY, taskId, epoch }))
  if (answer.approvalId === null) throw new Error(`asked for nothing: ${answer.reason}`)
  return answer.approvalId
}

export async function approveByBoth({ ann, bob }: Scene, approvalId: string): Promise<void> {
  for (const human of [ann, bob]) {
    unwrap(await human.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'fine' }))
  }
}

/** The refusal's code, or `ok`. */
export function codeOf(outcome: { ok: true } | { ok: false; error: { code: string } }): string {
  return outcome.ok ? 'ok' : outcome.error.code
}

/** Asks for a YELLOW act: one human is enough. */
export async function askYellow({ worker, taskId, epoch }: Scene, name = 'Helper'): Promise<string> {
  const payload = {
    name,
    role: 'SPECIALIST',
    types: [],
    allowedTools: null,
    caps: { dailyMicros: 1, perRunMicros: 1 },
    purpose: 'p',
  }
  return unwrap(
    await worker.client.approvals.request({ actionType: 'SPAWN', payload, taskId, epoch, justification: 'more hands' }),
  ).id
}

/** The outcomes that the worker has been told, as its heartbeat brings them. */
export async function decidedNotes({ worker }: Scene): Promise<string[]> {
  const beat = unwrap(await worker.client.agents.heartbeat({ sessionKey: 's', health: 'BUSY', currentTaskId: null }))
  return beat.notifications
    .filter(({ type }) => type === 'APPROVAL_DECIDED')
    .map(({ title }) => title.split(':')[0] ?? '')
}
