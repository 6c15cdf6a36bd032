import { createMemoryStorage } from '@mission-control/adapter-memory'
import { type MissionControlClient, type PriceBook, unwrap } from '@mission-control/core'
import { accountKey, type Balance, type RecordOf, type Storage } from '@mission-control/core/storage'
import { createTestHarness, TEST_START_AT, type TestAgent, type TestHarness } from '@mission-control/testing'

/** The model whose price the test policy knows: 1 micro-USD per token in, 2 per token out. */
export const MODEL = 'known-model'
const PRICE = { provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }
export const USD = 1_000_000

type Registration = Parameters<TestHarness['agent']>[0]
type Sections = Readonly<Record<string, unknown>>

/** A project with money: a harness whose store can be looked into. */
export interface BudgetScene {
  readonly h: TestHarness
  readonly storage: Storage
  readonly operator: MissionControlClient
  agent(registration?: Registration): Promise<TestAgent>
  /** A started task of the agent. */
  task(worker: TestAgent, fields?: { budgetAllocatedMicros?: number }): Promise<{ taskId: string; epoch: number }>
  /** Balances by `SCOPE/id`, or `SCOPE/id/day` where the window matters. */
  balance(scopeType: string, scopeId: string, windowKey?: string): Promise<Balance>
  rows<
    K extends 'ledgerEntry' | 'run' | 'reservation' | 'usageLine' | 'approval' | 'alert' | 'decision' | 'notification',
  >(kind: K): Promise<readonly RecordOf<K>[]>
  eventKinds(): Promise<string[]>
}

let scenes = 0

export async function budgetScene(
  options: {
    timeZone?: string
    startAt?: number
    sections?: Sections
    priceBook?: PriceBook
    wrap?: (storage: Storage) => Storage
  } = {},
): Promise<BudgetScene> {
  let storage: Storage | null = null
  const h = await createTestHarness({
    startAt: (options.startAt ?? TEST_START_AT) + ++scenes,
    timeZone: options.timeZone ?? 'UTC',
    ...(options.priceBook === undefined ? {} : { priceBook: options.priceBook }),
    storage: (clock) => {
      storage = createMemoryStorage({ clock })
      return options.wrap?.(storage) ?? storage
    },
  })
  if (storage === null) throw new Error('the harness made no storage')
  const store: Storage = storage
  const content = { prices: { models: [PRICE], fallback: null }, ...options.sections }
  const draft = unwrap(await h.admin.policies.draft({ name: 'money', scopeType: 'PROJECT', content }))
  unwrap(await h.admin.policies.activate({ policyId: draft.id }))
  return {
    h,
    storage: store,
    operator: await h.operator(),
    agent: (registration = {}) => h.agent(registration),
    task: async (worker, fields = {}) => {
      const task = unwrap(await h.admin.tasks.create({ title: 'Work', type: 'ENGINEERING', ...fields }))
      const bullets = ['read', 'write', 'check']
      const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: task.id, workPlan: { bullets } }))
      return { taskId: task.id, epoch }
    },
    balance: async (scopeType, scopeId, windowKey) => {
      const rows = await store.queries.balances({
        projectId: h.projectId,
        prefix: `${h.projectId}/${scopeType}/${scopeId}/`,
        limit: 200,
      })
      const found = rows.filter(
        ({ account }) => windowKey === undefined || accountKey(account)?.windowKey === windowKey,
      )
      return found.at(-1)?.balance ?? { reserved: 0, settled: 0 }
    },
    rows: async (kind) => {
      const request = { kind, projectId: h.projectId, limit: 200 }
      const rows = []
      let page = await store.queries.page(request)
      for (;;) {
        rows.push(...page.rows)
        if (page.next === null) return rows
        page = await store.queries.page({ ...request, after: page.next })
      }
    },
    eventKinds: async () => {
      const kinds: string[] = []
      for (let after: string | null = null; ; ) {
        const { events, cursor } = await store.readEvents({ after, limit: 200, projectId: h.projectId })
        kinds.push(...events.map((event) => event.kind))
        if (events.length === 0 || cursor === null) return kinds
        after = cursor
      }
    },
  }
}

/** One line of a given cost, told by the provider. */
export function costing(costMicros: number, callId: string) {
  return { callId, costMicros, tokens: { input: 10, output: 5 } }
}

export function codeOf(outcome: { ok: true } | { ok: false; error: { code: string } }): string {
  return outcome.ok ? 'ok' : outcome.error.code
}
