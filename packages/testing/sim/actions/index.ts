import type { Action } from './action.ts'
import { APPROVALS } from './approvals.ts'
import { AT_ONCE } from './at-once.ts'
import { BOT } from './bot.ts'
import { EXECUTIONS } from './executions.ts'
import { GRANTS } from './grants.ts'
import { KEYS } from './keys.ts'
import { ODD } from './odd.ts'
import { PEOPLE } from './people.ts'
import { REVIEWS } from './reviews.ts'
import { RUNS } from './runs.ts'
import { RUSHES } from './rushes.ts'
import { SIGNS_OF_LIFE } from './signs-of-life.ts'
import { STRICTER } from './stricter.ts'
import { THREADS } from './threads.ts'
import { TOOL_CALLS } from './tool-calls.ts'
import { WORK } from './work.ts'

/** Everything that actors do. */
export const ACTIONS: readonly Action[] = [
  ...WORK,
  ...RUNS,
  ...TOOL_CALLS,
  ...APPROVALS,
  ...REVIEWS,
  ...PEOPLE,
  ...SIGNS_OF_LIFE,
  ...ODD,
  ...RUSHES,
  ...AT_ONCE,
  ...GRANTS,
  ...EXECUTIONS,
  ...THREADS,
  ...KEYS,
  ...STRICTER,
  ...BOT,
]
