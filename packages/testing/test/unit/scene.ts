import { createMemoryStorage } from '@mission-control/adapter-memory'
import { CHECKLISTS, type MissionControlClient, type Outcome, type Task, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import {
  createTestHarness,
  TEST_START_AT,
  type TestAgent,
  type TestHarness,
  type TestHarnessOptions,
} from '../../src/index.ts'

export const MINUTE_MS = 60_000
export const USD = 1_000_000
export const PLAN = { bullets: ['read', 'write', 'check'] }
export const MODEL = 'known-model'
const PRICE = { provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }
export const BEAT = { sessionKey: 's', health: 'IDLE', currentTaskId: null } as const
export const RUN = { sessionKey: 's', model: MODEL } as const

/** A project under the built-in policy with one known price, and a store that can be looked into. */
export interface Scene {
  readonly h: TestHarness
  readonly storage: Storage
  readonly ann: MissionControlClient
}

let scenes = 0

export async function scene(options: TestHarnessOptions = {}): Promise<Scene> {
  let storage: Storage | undefined
  const make = options.storage ?? ((clock) => createMemoryStorage({ clock }))
  const h = await createTestHarness({
    // Ids follow from the time: no two scenes of one file share any.
    startAt: TEST_START_AT + 40_000_000 + ++scenes * 1_000,
    ...options,
    storage: async (clock) => {
      storage = await make(clock)
      return storage
    },
  })
  if (storage === undefined) throw new Error('the harness made no storage')
  const draft = unwrap(
    await h.admin.policies.draft({ name: 'money', content: { prices: { models: [PRICE], fallback: null } } }),
  )
  unwrap(await h.admin.policies.activate({ policyId: draft.id }))
  return { h, storage, ann: await h.operator('Ann') }
}

export async function createTask(h: TestHarness, fields: Record<string, unknown> = {}): Promise<Task> {
  return unwrap(await h.admin.tasks.create({ title: 'Write the guide', type: 'DOCS', ...fields }))
}

/** A task that the agent has claimed and started. */
export async function startedTask(h: TestHarness, worker: TestAgent): Promise<{ taskId: string; epoch: number }> {
  const task = await createTask(h)
  const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
  return { taskId: task.id, epoch }
}

/** A task that the agent has handed in. */
export async function submittedTask(h: TestHarness, worker: TestAgent): Promise<{ taskId: string; epoch: number }> {
  const started = await startedTask(h, worker)
  unwrap(await worker.client.tasks.complete({ ...started, deliverable: { content: 'the guide' } }))
  return started
}

export async function taskOf(h: TestHarness, taskId: string): Promise<Task> {
  return unwrap(await h.admin.tasks.get({ taskId }))
}

/** The states it went through, oldest first, beginning with INBOX. */
export async function pathOf(h: TestHarness, taskId: string): Promise<string[]> {
  const moves = unwrap(await h.admin.tasks.transitions({ taskId, limit: 200 })).data
  return ['INBOX', ...moves.map(({ to }) => to)]
}

export async function agentOf(h: TestHarness, agentId: string) {
  return unwrap(await h.admin.agents.get({ agentId })).agent
}

export function verified(type: Task['type']) {
  return CHECKLISTS[type].map(([key]) => ({ key, checked: true }))
}

/** The refusal's code, or `ok`. */
export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.error.code
}

export function fieldsOf(outcome: Outcome<unknown>): string[] {
  return outcome.ok ? [] : [...new Set((outcome.error.errors ?? []).map(({ field }) => field))]
}

export async function eventKinds({ h, storage }: Pick<Scene, 'h' | 'storage'>): Promise<string[]> {
  const kinds: string[] = []
  for (let after: string | null = null; ; ) {
    const { events, cursor } = await storage.readEvents({ after, limit: 200, projectId: h.projectId })
    kinds.push(...events.map(({ kind }) => kind))
    if (events.length === 0 || cursor === null) return kinds
    after = cursor
  }
}
