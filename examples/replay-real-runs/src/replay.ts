import { createMemoryStorage } from '@mission-control/adapter-memory'
import { DEFAULT_POLICY, policyContent, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { createTestHarness, type TestAgent, type TestHarness } from '@mission-control/testing'
import type { RecordedRun } from './recorded-runs.ts'

const SQUAD = ['Ida', 'Bo', 'Kim', 'Lou', 'Mo', 'Sky']
const USD = 1_000_000
const HOUR_MS = 3_600_000
/** Above the dearest recorded run, so that every run is held in full before it starts. */
const RUN_CAP_MICROS = 4 * USD

export interface ReplayResult {
  /** Settled on the project's accounts, over all days. */
  readonly settledMicros: number
  readonly runsSettled: number
  readonly refused: readonly string[]
  readonly byAgent: ReadonlyMap<string, number>
  /** By simulated hour from the start. */
  readonly byHour: readonly number[]
  /** The highest `settled + reserved` of the project's day that any commit showed. */
  readonly highestDayMicros: number
  readonly simulatedMs: number
}

/** What an agent has in its hands, and when the recorded run ends. */
interface Busy {
  readonly agent: TestAgent
  readonly run: RecordedRun
  readonly taskId: string
  readonly epoch: number
  readonly runId: string
  readonly endsAt: number
}

/** Every report brings the cost that was measured, so a model without a list price need not be asked about. */
const POLICY = policyContent.parse({ ...DEFAULT_POLICY, rules: { ...DEFAULT_POLICY.rules, onUnpriced: 'ALLOW' } })

/** Runs the recorded work through a squad of six, under the given cap of the project, in simulated time. */
export async function replay(recorded: readonly RecordedRun[], projectCapMicros: number | null): Promise<ReplayResult> {
  const watched = new WatchedAccounts()
  const harness = await createTestHarness({
    policy: POLICY,
    startAt: Date.parse('2026-03-22T08:00:00Z'),
    storage: (clock) => watched.around(createMemoryStorage({ clock })),
  })
  watched.projectId = harness.projectId
  if (projectCapMicros !== null) {
    unwrap(
      await harness.admin.budgets.set({
        scopeType: 'PROJECT',
        scopeId: harness.projectId,
        window: 'DAY',
        capMicros: projectCapMicros,
      }),
    )
  }
  const squad: TestAgent[] = []
  for (const name of SQUAD) {
    squad.push(
      await harness.agent({
        name,
        role: 'SPECIALIST',
        budgetDailyMicros: 1000 * USD,
        budgetPerRunMicros: RUN_CAP_MICROS,
      }),
    )
  }
  const waiting = await createTasks(harness, recorded)
  const startedAt = harness.clock.now()
  const result = await work(harness, squad, waiting)
  return {
    ...result,
    ...(await readLedger(harness)),
    highestDayMicros: watched.highestMicros,
    simulatedMs: harness.clock.now() - startedAt,
  }
}

async function createTasks(harness: TestHarness, recorded: readonly RecordedRun[]) {
  const waiting: { run: RecordedRun; taskId: string }[] = []
  for (const run of recorded) {
    const task = unwrap(await harness.admin.tasks.create({ title: run.task, type: 'ENGINEERING' }))
    waiting.push({ run, taskId: task.id })
  }
  return waiting
}

async function work(
  harness: TestHarness,
  squad: readonly TestAgent[],
  waiting: { run: RecordedRun; taskId: string }[],
) {
  const startedAt = harness.clock.now()
  const refused: string[] = []
  const byAgent = new Map<string, number>(SQUAD.map((name) => [name, 0]))
  const byHour: number[] = []
  let busy: Busy[] = []
  for (;;) {
    for (const agent of squad.filter((free) => !busy.some((entry) => entry.agent === free))) {
      const started = await takeNext(harness, agent, waiting, refused)
      if (started !== null) busy.push(started)
    }
    const next = busy.reduce<Busy | null>(
      (first, entry) => (first === null || entry.endsAt < first.endsAt ? entry : first),
      null,
    )
    if (next === null && waiting.length > 0) continue
    if (next === null) return { refused, byAgent, byHour }
    await harness.advance(next.endsAt - harness.clock.now())
    await finish(next)
    busy = busy.filter((entry) => entry !== next)
    const hour = Math.floor((harness.clock.now() - startedAt) / HOUR_MS)
    byHour[hour] = (byHour[hour] ?? 0) + next.run.costMicros
    byAgent.set(next.agent.agent.name, (byAgent.get(next.agent.agent.name) ?? 0) + next.run.costMicros)
  }
}

/** Claims the next task and starts a run; one that finds no money is named, its task waits for people, and so does the agent until a run ends. */
async function takeNext(
  harness: TestHarness,
  agent: TestAgent,
  waiting: { run: RecordedRun; taskId: string }[],
  refused: string[],
) {
  const next = waiting.shift()
  if (next === undefined) return null
  const { run, taskId } = next
  const plan = ['Read the issue', 'Find the cause', 'Change the code and run its tests']
  const claimed = unwrap(await agent.client.tasks.claim({ taskId, workPlan: { bullets: plan } }))
  const { epoch } = claimed
  const started = await agent.client.runs.start({ taskId, epoch, sessionKey: run.task, model: run.model })
  if (!started.ok) {
    if (started.error.code !== 'BUDGET_EXCEEDED')
      throw new Error(`${run.task}: ${started.error.code} ${started.error.detail}`)
    refused.push(run.task)
    return null
  }
  return { agent, run, taskId, epoch, runId: started.data.run.id, endsAt: harness.clock.now() + run.durationMs }
}

async function finish({ agent, run, taskId, epoch, runId }: Busy): Promise<void> {
  const { client } = agent
  const tokens = { ...run.tokens, reasoning: 0 }
  const line = {
    callId: `${run.task}-usage`,
    provider: 'anthropic',
    model: run.model,
    tokens,
    costMicros: run.costMicros,
  }
  unwrap(await client.runs.report({ runId, epoch, lines: [line] }))
  unwrap(await client.tasks.complete({ taskId, epoch, deliverable: `Resolved ${run.task}` }))
}

/** The figures as the ledger has them, not as this program remembers them. */
async function readLedger(harness: TestHarness) {
  const runs = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = unwrap(await harness.admin.runs.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }))
    runs.push(...page.data)
    cursor = page.nextCursor
  }
  const report = unwrap(await harness.admin.budgets.list({ scopeType: 'PROJECT' }))
  return {
    settledMicros: report.data.reduce((sum, account) => sum + account.settled, 0),
    runsSettled: runs.filter((run) => run.status === 'COMPLETED').length,
  }
}

/** Looks at the project's day account after every single commit. */
class WatchedAccounts {
  projectId = ''
  highestMicros = 0

  around(storage: Storage): Storage {
    return {
      load: (scope) => storage.load(scope),
      commit: async (commit) => {
        const outcome = await storage.commit(commit)
        if (outcome.status === 'applied' && commit.adds.length > 0) await this.#look(storage)
        return outcome
      },
      readEvents: (request) => storage.readEvents(request),
      readUnsealed: (limit) => storage.readUnsealed(limit),
      seal: (request) => storage.seal(request),
      snapshot: (take) => storage.snapshot(take),
      restore: (rows) => storage.restore(rows),
      onCommit: (listener) => storage.onCommit(listener),
      queries: storage.queries,
      close: () => storage.close(),
    }
  }

  async #look(storage: Storage): Promise<void> {
    const rows = await storage.queries.balances({
      projectId: this.projectId,
      prefix: `${this.projectId}/PROJECT/`,
      limit: 50,
    })
    for (const { balance } of rows)
      this.highestMicros = Math.max(this.highestMicros, balance.reserved + balance.settled)
  }
}
