import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import { ACCOUNT_SCOPES, type AccountKey, accountKey, type Budget } from '../model/ledger.ts'
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
    const [rows, budgets] = await Promise.all([
      queries.balances({
        projectId: project.id,
        prefix: `${prefix}/`,
        limit: input.limit,
        ...(input.cursor === undefined ? {} : { after: input.cursor }),
      }),
      queries.page({ kind: 'budget', projectId: project.id, limit: 200 }),
    ])
    const data = rows.flatMap(({ account, balance }) => {
      const key = accountKey(account)
      if (key === null) return []
      const standing = standingOf(budgets.rows, key)
      const cap = effectiveCap(null, standing, key.windowKey)
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
