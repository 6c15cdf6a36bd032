import { answerCases } from './answers.ts'
import type { ContractCase } from './contract-case.ts'
import { effectCases } from './effects.ts'
import { lifeCases } from './life.ts'

/** What every way to a Mission Control has to do, as data: run each case with any test runner, over any transport. */
export const clientContract: readonly ContractCase[] = [...answerCases, ...effectCases, ...lifeCases]
