// Faults planted into core, one at a time: each replaces functions of one module, or the store. The simulator has to
// notice each of them. Nothing in the packages knows of them; the test runner swaps the modules.
import type { Commit, Kind, Storage } from '@mission-control/core/storage'

/** A module with some of its functions replaced. */
export interface RuleMutant {
  readonly name: string
  /** In `packages/core/src`. */
  readonly module: string
  readonly change: (real: never) => object
}

/** A store that does not keep a promise of the port. */
export interface StorageMutant {
  readonly name: string
  readonly change: (storage: Storage) => Storage
}

function rule<M>(name: string, module: string, change: (real: M) => Partial<M>): RuleMutant {
  return { name, module, change: change as RuleMutant['change'] }
}

type Approvals = typeof import('../../core/src/rules/approval.ts')
type Guards = typeof import('../../core/src/rules/guards.ts')
type Guard = Parameters<Guards['guardProblems']>[0][number]

function withoutGuard(guard: Guard): RuleMutant {
  return rule<Guards>(`moves do not ask for ${guard}`, 'rules/guards.ts', (real) => ({
    guardProblems: (guards, facts) =>
      real.guardProblems(
        guards.filter((one) => one !== guard),
        facts,
      ),
  }))
}

export const RULE_MUTANTS: readonly RuleMutant[] = [
  withoutGuard('work-plan'),
  withoutGuard('deliverable'),
  withoutGuard('no-running-run'),
  withoutGuard('completion-approved'),
  withoutGuard('no-open-dispute'),
  rule<typeof import('../../core/src/rules/task-lifecycle.ts')>(
    'whoever works on a task may finish it',
    'rules/task-lifecycle.ts',
    (real) => ({
      findEdge: (from, to) => {
        const edge = real.findEdge(from, to)
        return edge === null ? null : { ...edge, capacities: [...edge.capacities, 'WORKER'] }
      },
    }),
  ),
  rule<typeof import('../../core/src/decide/own.ts')>('old epochs are accepted', 'decide/own.ts', () => ({
    leaseProblem: () => null,
  })),
  rule<typeof import('../../core/src/decide/own.ts')>('rows of other projects are found', 'decide/own.ts', (real) => ({
    own: (deciding, kind, id) => {
      const record = deciding.snapshot.get(kind, id)
      return record === null ? real.own(deciding, kind, id) : { record, problem: null }
    },
  })),
  rule<typeof import('../../core/src/rules/dependencies.ts')>(
    'dependencies need not be done',
    'rules/dependencies.ts',
    () => ({
      openDependencies: () => [],
    }),
  ),
  rule<typeof import('../../core/src/rules/lease.ts')>('a started task has no grace', 'rules/lease.ts', () => ({
    GRACE_MS: 0 as 600_000,
  })),
  rule<typeof import('../../core/src/decide/access.ts')>('a paused agent goes on', 'decide/access.ts', (real) => ({
    accessProblem: (question) => real.accessProblem({ ...question, whenContained: 'allowed' }),
  })),
  rule<Approvals>('requests never expire', 'rules/approval.ts', () => ({ hasExpired: () => false })),
  rule<Approvals>('everybody decides on own requests', 'rules/approval.ts', () => ({ dutyProblem: () => null })),
  rule<Approvals>('everybody has authority', 'rules/approval.ts', () => ({ authorityProblem: () => null })),
  rule<Approvals>('one decision is always enough', 'rules/approval.ts', () => ({ requiredDecisions: () => 1 })),
  rule<Approvals>('the first yes counts', 'rules/approval.ts', (real) => ({
    outcomeOf: (approval, isIndependent) =>
      approval.decisions.some(({ verdict }) => verdict === 'APPROVE')
        ? 'APPROVED'
        : real.outcomeOf(approval, isIndependent),
  })),
  rule<Approvals>('a grant never ends', 'rules/approval.ts', (real) => ({
    isGrantCurrent: ({ status }) => status === 'APPROVED',
    isLiveGrant: (approval, use) => real.isLiveGrant(approval, use, 0),
  })),
  rule<Approvals>('a grant is used again', 'rules/approval.ts', (real) => ({
    isLiveGrant: (approval, use, now) => real.isLiveGrant({ ...approval, usedAt: null }, use, now),
  })),
  rule<typeof import('../../core/src/effects/second-factor.ts')>(
    'a one-time code counts twice',
    'effects/second-factor.ts',
    (real) => ({
      codeProblem: (deciding, ...rest) => (deciding.codeNumber === null ? real.codeProblem(deciding, ...rest) : null),
    }),
  ),
  rule<typeof import('../../core/src/rules/registration.ts')>(
    'enrollment keys have no ceiling',
    'rules/registration.ts',
    () => ({ beyondCeiling: () => [] }),
  ),
  rule<typeof import('../../core/src/effects/held-execution.ts')>(
    'executors report in any epoch',
    'effects/held-execution.ts',
    (real) => ({
      heldExecution: (deciding, executionId, epoch) => {
        const held = real.heldExecution(deciding, executionId, epoch)
        const record = deciding.snapshot.get('execution', executionId)
        return held.record === null && record !== null && record.leaseUntil !== null ? { record, problem: null } : held
      },
    }),
  ),
  rule<typeof import('../../core/src/effects/followers.ts')>('nobody follows', 'effects/followers.ts', () => ({
    tellFollowers: () => {},
  })),
  rule<typeof import('../../core/src/rules/delivery.ts')>('notes are tried once', 'rules/delivery.ts', () => ({
    isRetryable: () => false,
  })),
  rule<typeof import('../../core/src/rules/parties.ts')>('nobody is a party', 'rules/parties.ts', () => ({
    isParty: () => false,
    isSameLine: () => false,
  })),
  rule<typeof import('../../core/src/effects/stop-runs.ts')>('runs are not stopped', 'effects/stop-runs.ts', () => ({
    stopRuns: () => {},
  })),
  rule<typeof import('../../core/src/effects/cancel-approvals.ts')>(
    'requests outlive their task',
    'effects/cancel-approvals.ts',
    () => ({ cancelApprovals: () => {} }),
  ),
  rule<typeof import('../../core/src/effects/supersede-reviews.ts')>(
    'reviews outlive their submission',
    'effects/supersede-reviews.ts',
    () => ({ supersedeReviews: () => {} }),
  ),
  rule<typeof import('../../core/src/effects/close-tool-calls.ts')>(
    'calls outlive their run',
    'effects/close-tool-calls.ts',
    () => ({ closeToolCalls: () => {} }),
  ),
  rule<typeof import('../../core/src/rules/budget.ts')>('caps are forgotten', 'rules/budget.ts', () => ({
    effectiveCap: () => null,
  })),
  rule<typeof import('../../core/src/rules/pricing.ts')>('subscriptions cost nothing', 'rules/pricing.ts', (real) => ({
    countedMicros: (run) => real.countedMicros(run, false),
  })),
  rule<typeof import('../../core/src/rules/windows.ts')>('days are those of UTC', 'rules/windows.ts', (real) => ({
    runAccounts: (start) => real.runAccounts({ ...start, timeZone: 'UTC' }),
  })),
  rule<typeof import('../../core/src/rules/keys.ts')>('revoked keys open doors', 'rules/keys.ts', () => ({
    isLive: () => true,
  })),
  rule<typeof import('../../core/src/rules/policy/evaluate.ts')>(
    'every call is allowed',
    'rules/policy/evaluate.ts',
    (real) => ({ evaluate: (question) => ({ ...real.evaluate(question), decision: 'ALLOW' }) }),
  ),
  rule<typeof import('../../core/src/rules/redaction/text.ts')>(
    'secrets are stored',
    'rules/redaction/text.ts',
    () => ({ redactText: (text) => text }),
  ),
]

function onCommit(name: string, change: (commit: Commit) => Commit): StorageMutant {
  return { name, change: (storage) => ({ ...storage, commit: (commit) => storage.commit(change(commit)) }) }
}

/** Settings that were only looked at are not proven. */
function unproven(kind: Kind): (commit: Commit) => Commit {
  return (commit) => {
    const written = new Set(commit.puts.map(({ record }) => record.id))
    return { ...commit, checks: commit.checks.filter((check) => check.kind !== kind || written.has(check.id)) }
  }
}

/** The last writer wins: whatever version was seen, the row is taken as it stands. */
function overwriting(kind: Kind): StorageMutant {
  return {
    name: `the last writer of a row of ${kind} wins`,
    change: (storage) => ({
      ...storage,
      commit: async (commit) => {
        const refs = commit.checks.filter((check) => check.kind === kind && check.version !== null)
        const { records } = await storage.load({ records: refs.map(({ id }) => ({ kind, id })) })
        const current = new Map(records.flatMap((record) => (record === null ? [] : [[record.id, record.version]])))
        return storage.commit({
          ...commit,
          checks: commit.checks.map((check) =>
            check.kind === kind ? { ...check, version: current.get(check.id) ?? check.version } : check,
          ),
          puts: commit.puts.map((put) => {
            const version = put.kind === kind ? current.get(put.record.id) : undefined
            return version === undefined
              ? put
              : ({ ...put, record: { ...put.record, version: version + 1 } } as typeof put)
          }),
        })
      },
    }),
  }
}

export const STORAGE_MUTANTS: readonly StorageMutant[] = [
  onCommit('adds have no limit', (commit) => ({
    ...commit,
    adds: commit.adds.map((add) => ({ ...add, limit: null })),
  })),
  onCommit('receipts are not kept', (commit) => ({ ...commit, receipt: null })),
  onCommit('the last event of many is lost', (commit) =>
    commit.events.length < 4 ? commit : { ...commit, events: commit.events.slice(0, -1) },
  ),
  onCommit('the agent is not proven', unproven('agent')),
  onCommit('the project is not proven', unproven('project')),
  overwriting('approval'),
  overwriting('task'),
  {
    name: 'a reader is told to go on too far',
    change: (storage) => ({
      ...storage,
      readEvents: async (request) => {
        const page = await storage.readEvents(request)
        return page.events.length < 3 ? page : { ...page, events: page.events.slice(0, -1) }
      },
    }),
  },
  {
    name: 'what a commit settles is booked twice',
    change: (storage) => ({
      ...storage,
      commit: (commit) =>
        storage.commit({
          ...commit,
          adds: commit.adds.map((add) => ({ ...add, settled: add.reserved < 0 ? 2 * add.settled : add.settled })),
        }),
    }),
  },
]
