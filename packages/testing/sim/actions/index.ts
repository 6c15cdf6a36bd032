import type { Action } from './action.ts'
import { APPROVALS } from './approvals.ts'
import { ODD } from './odd.ts'
import { PEOPLE } from './people.ts'
import { REVIEWS } from './reviews.ts'
import { RUNS } from './runs.ts'
import { RUSHES } from './rushes.ts'
import { SIGNS_OF_LIFE } from './signs-of-life.ts'
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
]
