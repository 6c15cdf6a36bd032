import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import { ACCOUNT_SCOPES, type AccountKey, accountKey, type Budget } from '../model/ledger.ts'
import { type FilterValue, PAGE_ROWS_MAX, type RecordPage, type StorageQueries } from '../ports/storage.ts'
import { effectiveCap, overrun, remaining } from '../rules/budget.ts'
import { type Page, pageInput } from './page.ts'
import { found, projectQuery } from './query.ts'

/** One account with what stands on it. `cap` is the standing cap plus what was approved for the window; null: none of its own. */
export interface AccountView extends AccountKey {
  readonly id: string
  /** Of the standing cap, for whoever sets it next; 0 where none has been set. */
  readonly version: number
  readonly cap: number | null
  readonly reserved: number
  readonly settled: number
  readonly remaining: number | null
  readonly overrun: number
}

/** The accounts of a project with their balances. */
export const listBudgets = projectQuery({
  name: 'budgets.list',
  summary: 'Lists accounts with their caps and balances, by scope.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    scopeType: z.enum(ACCOUNT_SCOPES).optional(),
    scopeId: refSchema.optional(),
  }),
  permission: 'read',
  async read({ queries, project }, input) {
    const prefix = [project.id, input.scopeType, input.scopeType === undefined ? undefined : input.scopeId]
      .filter((part) => part !== undefined)
      .join('/')
    const rows = await queries.balances({
      projectId: project.id,
      prefix: `${prefix}/`,
      limit: input.limit,
      ...(input.cursor === undefined ? {} : { after: input.cursor }),
    })
    const keys = rows.map(({ account }) => accountKey(account)).filter((key) => key !== null)
    const [budgets, defaults] = await Promise.all([
      standingBudgets(queries, project.id, keys),
      defaultCaps(queries, project.id, keys),
    ])
    const data = rows.flatMap(({ account, balance }) => {
      const key = accountKey(account)
      if (key === null) return []
      const standing = standingOf(budgets, key)
      const cap = effectiveCap(defaults(key), standing, key.windowKey)
      return [
        {
          ...key,
          id: account,
          version: standing?.version ?? 0,
          cap,
          ...balance,
          remaining: remaining(cap, balance),
          overrun: overrun(cap, balance),
        },
      ]
    })
    // A full page may be the last one; then the next is empty.
    const next = rows.length === input.limit ? (rows.at(-1)?.account ?? null) : null
    return found<Page<AccountView>>({ data, nextCursor: next })
  },
})

function standingOf(budgets: readonly Budget[], key: AccountKey): Budget | null {
  return (
    budgets.find(
      (budget) =>
        budget.scopeType === key.scopeType &&
        budget.scopeId === key.scopeId &&
        budget.metric === key.metric &&
        budget.window === key.window,
    ) ?? null
  )
}

async function standingBudgets(
  queries: StorageQueries,
  projectId: string,
  keys: readonly AccountKey[],
): Promise<readonly Budget[]> {
  const owners = [...new Set(keys.filter(({ scopeType }) => scopeType !== 'RUN').map(({ scopeId }) => scopeId))]
  const budgets: Budget[] = []
  let after: readonly FilterValue[] | null = null
  do {
    const page: RecordPage<'budget'> = await queries.page({
      kind: 'budget',
      projectId,
      filters: [{ field: 'scopeId', op: 'in', value: owners }],
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    budgets.push(...page.rows)
    after = page.next
  } while (after !== null)
  return budgets
}

/** The caps where none was set: of the day of an agent, of a task for good, and of a run. */
async function defaultCaps(queries: StorageQueries, projectId: string, keys: readonly AccountKey[]) {
  const idsOf = (scope: AccountKey['scopeType']) => [
    ...new Set(keys.filter(({ scopeType }) => scopeType === scope).map(({ scopeId }) => scopeId)),
  ]
  const ofKind = <K extends 'agent' | 'task' | 'run'>(kind: K, ids: readonly string[]) =>
    queries.page({ kind, projectId, filters: [{ field: 'id', op: 'in', value: ids }], limit: PAGE_ROWS_MAX })
  const [agents, tasks, runs] = await Promise.all([
    ofKind('agent', idsOf('AGENT')),
    ofKind('task', idsOf('TASK')),
    ofKind('run', idsOf('RUN')),
  ])
  const caps = new Map<string, number>([
    ...agents.rows.map(({ id, budgetDailyMicros }) => [`${id} DAY`, budgetDailyMicros] as const),
    ...tasks.rows.map(({ id, budgetAllocatedMicros }) => [`${id} LIFETIME`, budgetAllocatedMicros] as const),
    ...runs.rows.map(({ id, capMicros }) => [`${id} LIFETIME`, capMicros] as const),
  ])
  return ({ metric, scopeId, window }: AccountKey) =>
    metric === 'USD' ? (caps.get(`${scopeId} ${window}`) ?? null) : null
}
