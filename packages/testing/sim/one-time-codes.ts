import type { OneTimeCodes } from '@mission-control/core'

const STEP_MS = 30_000

/** The code that the device of a person shows at that moment. */
export function codeAt(principalId: string, now: number): string {
  return `${Math.floor(now / STEP_MS)} ${principalId}`
}

/** Codes that can be told without computing: the number of the half minute, and whose it is. The one before counts too. */
export const ONE_TIME_CODES: OneTimeCodes = {
  verify: async (principalId, code, now) => {
    const step = Math.floor(now / STEP_MS)
    return [step - 1, step].find((number) => code === `${number} ${principalId}`) ?? null
  },
}
