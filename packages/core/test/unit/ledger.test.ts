import { unwrap } from '@mission-control/core'
import { accountKey, type Balance, type RecordOf, type Storage } from '@mission-control/core/storage'
import type { TestAgent } from '@mission-control/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetScene, budgetScene, costing, MODEL } from './budget-scene.ts'

const HOUR_MS = 3_600_000
const AGENTS = 3
const DAY_CAP = 1_000_000
const RUN_CAP = 300_000
const PROJECT_CAP = 2_000_000

const pick = fc.nat(1000)
const cost = fc.integer({ min: 0, max: 400_000 })
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('start' as const),
      pick,
      estimate: fc.option(fc.integer({ min: 0, max: RUN_CAP })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('report' as const),
      pick,
      cost,
      call: fc.nat(3),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('end' as const),
      pick,
      cost,
      isFailure: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('wait' as const), hours: fc.constantFrom(0.3, 5, 11) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('decide' as const), pick, isApproved: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('cap' as const), pick, cap: fc.integer({ min: 0, max: 2 * DAY_CAP }) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Random life of three agents: parallel, repeated, late, over days. Refusals are part of it; faults are not. */
async function live(s: BudgetScene, agents: readonly TestAgent[], batch: readonly Step[]): Promise<void> {
  const runs = [...(await s.rows('run'))].reverse()
  const clientOf = (run: RecordOf<'run'>) => agents.find(({ id }) => id === run.agentId)?.client
  const acts = batch.map(async (given) => {
    if (given.op === 'start') {
      const worker = agents[given.pick % agents.length]
      const estimate = given.estimate === null ? {} : { estimatedCostMicros: given.estimate }
      return worker?.client.runs.start({ sessionKey: 's', model: MODEL, ...estimate })
    }
    if (given.op === 'wait') {
      s.h.clock.advance(given.hours * HOUR_MS)
      return s.h.mc.jobs.runDue()
    }
    if (given.op === 'cap') {
      const scopeId = agents[given.pick % agents.length]?.id ?? ''
      return s.h.admin.budgets.set({ scopeType: 'AGENT', scopeId, capMicros: given.cap })
    }
    if (given.op === 'decide') {
      const pending = (await s.rows('approval')).filter(({ status }) => status === 'PENDING')
      const approvalId = pending[given.pick % Math.max(1, pending.length)]?.id
      const verdict = given.isApproved ? ('APPROVE' as const) : ('DENY' as const)
      return approvalId === undefined ? null : s.operator.approvals.decide({ approvalId, verdict, reason: 'because' })
    }
    const run = runs[given.pick % Math.max(1, runs.length)]
    if (run === undefined) return null
    const repeated = (act: () => Promise<unknown>) => Promise.all(Array.from({ length: given.times }, act))
    if (given.op === 'report') {
      const lines = [costing(given.cost, `call-${given.call}`)]
      return repeated(async () => clientOf(run)?.runs.report({ runId: run.id, lines }))
    }
    const end = { runId: run.id, lines: [costing(given.cost, 'end')] }
    return repeated(async () =>
      given.isFailure ? clientOf(run)?.runs.fail({ ...end, error: 'broke' }) : clientOf(run)?.runs.complete(end),
    )
  })
  await Promise.all(acts)
}

async function balances(s: BudgetScene): Promise<Map<string, Balance>> {
  const all = new Map<string, Balance>()
  for (let after = ''; ; ) {
    const rows = await s.storage.queries.balances({
      projectId: s.h.projectId,
      limit: 200,
      ...(after === '' ? {} : { after }),
    })
    for (const { account, balance } of rows) all.set(account, balance)
    if (rows.length < 200) return all
    after = rows.at(-1)?.account ?? ''
  }
}

function sum(amounts: Iterable<number>): number {
  let total = 0
  for (const amount of amounts) total += amount
  return total
}

/** I3, I4, I5 and, as far as runs have ended, I6, on everything that is stored. */
async function expectSoundLedger(s: BudgetScene): Promise<void> {
  const [accounts, entries, runs, reservations, lines] = await Promise.all([
    balances(s),
    s.rows('ledgerEntry'),
    s.rows('run'),
    s.rows('reservation'),
    s.rows('usageLine'),
  ])
  for (const [account, balance] of accounts) {
    const own = entries.filter(({ accountId }) => accountId === account)
    expect(
      { reserved: sum(own.map(({ reserved }) => reserved)), settled: sum(own.map(({ settled }) => settled)) },
      account,
    ).toEqual(balance)
    expect(Math.min(balance.reserved, balance.settled), account).toBeGreaterThanOrEqual(0)
  }
  expect(new Set(lines.map(({ runId, callId }) => `${runId} ${callId}`)).size).toBe(lines.length)
  const settledByDay = new Map<string, number>()
  for (const run of runs) {
    const reservation = reservations.find(({ runId }) => runId === run.id)
    const used = sum(lines.filter(({ runId }) => runId === run.id).map(({ billedMicros }) => billedMicros ?? 0))
    expect(run.billedMicros, run.id).toBe(used)
    expect(reservation?.status === 'HELD', run.id).toBe(run.status === 'RUNNING')
    const own = accounts.get(`${s.h.projectId}/RUN/${run.id}/USD/LIFETIME/`) ?? { reserved: 0, settled: 0 }
    expect(own.settled, run.id).toBe(reservation?.settledMicros)
    expect(own.reserved, run.id).toBe(run.status === 'RUNNING' ? reservation?.amountMicros : 0)
    if (run.status !== 'RUNNING') expect(own.settled, run.id).toBe(used)
    const day = reservation?.accountIds.map(accountKey).find((key) => key?.scopeType === 'PROJECT')?.windowKey ?? ''
    settledByDay.set(day, (settledByDay.get(day) ?? 0) + own.settled)
  }
  for (const [day, settled] of settledByDay) {
    const ofScope = (scope: string) =>
      [...accounts].filter(([account]) => account.includes(`/${scope}/`) && account.endsWith(`/DAY/${day}`))
    for (const scope of ['AGENT', 'PROJECT']) {
      expect(sum(ofScope(scope).map(([, balance]) => balance.settled)), `${scope} ${day}`).toBe(settled)
    }
    expect(sum(ofScope('AGENT').map(([, { reserved }]) => reserved))).toBe(
      sum(ofScope('PROJECT').map(([, { reserved }]) => reserved)),
    )
  }
}

describe('the ledger', () => {
  test('stays sound through any life: parallel, repeated, late and over days (I2 to I6, I8)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 14 }),
        async (batches) => {
          const s = await budgetScene({ timeZone: 'Europe/Berlin', startAt: Date.parse('2026-03-28T05:00:00Z') })
          unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: PROJECT_CAP }))
          const agents: TestAgent[] = []
          while (agents.length < AGENTS)
            agents.push(await s.agent({ budgetDailyMicros: DAY_CAP, budgetPerRunMicros: RUN_CAP }))
          for (const batch of batches) await live(s, agents, batch)
          await expectSoundLedger(s)
          expect(unwrap(await s.operator.ledger.verify({})).faults).toEqual([])
          // What is left open ends by the clock, and then nothing is held any more.
          await s.h.advance(HOUR_MS)
          await expectSoundLedger(s)
          expect([...(await balances(s)).values()].every(({ reserved }) => reserved === 0)).toBe(true)
          const asked = (await s.rows('approval'))
            .filter(({ status }) => status === 'PENDING')
            .map(({ payload }) => (payload as { accountId: string }).accountId)
          expect(new Set(asked).size).toBe(asked.length)
          await s.h.close()
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)

  test('I1 starts at the same moment never take an account above its cap', async () => {
    const wave = fc.array(fc.record({ pick, estimate: fc.integer({ min: 0, max: RUN_CAP }) }), {
      minLength: 2,
      maxLength: 10,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(wave, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: PROJECT_CAP }),
        async (waves, cap) => {
          const s = await budgetScene()
          unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: cap }))
          const agents: TestAgent[] = []
          while (agents.length < AGENTS)
            agents.push(await s.agent({ budgetDailyMicros: DAY_CAP, budgetPerRunMicros: RUN_CAP }))
          for (const starts of waves) {
            await live(
              s,
              agents,
              starts.map((start) => ({ op: 'start', ...start })),
            )
            for (const [account, { reserved, settled }] of await balances(s)) {
              const scope = accountKey(account)?.scopeType
              const limit = scope === 'AGENT' ? DAY_CAP : scope === 'PROJECT' ? cap : RUN_CAP
              expect(reserved + settled, account).toBeLessThanOrEqual(limit)
            }
          }
          await expectSoundLedger(s)
          await s.h.close()
        },
      ),
      { numRuns: 20 },
    )
  }, 120_000)
})

describe('ledger.verify', () => {
  test('names what does not add up: a total without its entry, and a day that is not the sum of its agents', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetPerRunMicros: RUN_CAP })
    const { run } = unwrap(await worker.client.runs.start({ sessionKey: 's', model: MODEL }))
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(7, 'a')] }))
    expect(unwrap(await s.operator.ledger.verify({}))).toEqual({
      isSound: true,
      accounts: 3,
      entries: 6,
      runs: 1,
      lines: 1,
      faults: [],
      undecided: [],
    })
    const account = [...(await balances(s)).keys()].find((id) => id.includes('/PROJECT/')) ?? ''
    const adds = [{ account, reserved: 0, settled: 5, limit: null }]
    await s.storage.commit({ projectId: s.h.projectId, checks: [], puts: [], adds, events: [], receipt: null })
    expect(unwrap(await s.operator.ledger.verify({}))).toMatchObject({
      isSound: false,
      faults: [
        { invariant: 'I3', subject: account, detail: expect.stringContaining('12 settled') },
        { invariant: 'I6', subject: account },
      ],
    })
  })

  /** A project in which something happens between any two pages of a kind, as often as it is told to. */
  async function busyScene(kind: string) {
    let happens: (() => Promise<unknown>) | null = null
    let isHappening = false
    const wrap = (storage: Storage): Storage => {
      const page: Storage['queries']['page'] = async (request) => {
        if (request.kind === kind && happens !== null && !isHappening) {
          isHappening = true
          await happens()
          isHappening = false
        }
        return storage.queries.page(request)
      }
      const queries = new Proxy(storage.queries, {
        get: (target, name) => {
          const value: unknown = name === 'page' ? page : Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      return new Proxy(storage, {
        get: (target, name) => {
          const value: unknown = name === 'queries' ? queries : Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    }
    const s = await budgetScene({ wrap })
    const worker = await s.agent({ budgetPerRunMicros: 10 })
    const work = async () => {
      const { run } = unwrap(await worker.client.runs.start({ sessionKey: 's', model: MODEL }))
      unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(1, 'a')] }))
    }
    await work()
    return {
      s,
      during: (times: number) => {
        let left = times
        happens = async () => (left-- > 0 ? work() : null)
      },
    }
  }

  test('takes nothing for a fault that only moved while it was read', async () => {
    for (const kind of ['ledgerEntry', 'usageLine', 'reservation', 'run']) {
      const { s, during } = await busyScene(kind)
      during(4)
      expect(unwrap(await s.operator.ledger.verify({})), kind).toMatchObject({
        isSound: true,
        faults: [],
        undecided: [],
      })
    }
  })

  test('says what it could not judge, and still names a fault on a busy project', async () => {
    const { s, during } = await busyScene('ledgerEntry')
    const project = [...(await balances(s)).keys()].find((id) => id.includes('/PROJECT/')) ?? ''
    during(1000)
    const moving = unwrap(await s.operator.ledger.verify({}))
    expect(moving).toMatchObject({ isSound: false, faults: [] })
    expect(moving.undecided).toContain(project)
    const adds = [{ account: project, reserved: 0, settled: 5, limit: null }]
    await s.storage.commit({ projectId: s.h.projectId, checks: [], puts: [], adds, events: [], receipt: null })
    during(3)
    const found = unwrap(await s.operator.ledger.verify({}))
    expect(found.faults.map(({ invariant, subject }) => [invariant, subject])).toContainEqual(['I3', project])
  })
})
