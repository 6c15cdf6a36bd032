import type { Mirror } from '../mirror.ts'

/** The rules that watches need to know. */
interface RulesInForce {
  readonly reviewToDoneRequiresApproval: boolean
  readonly reviewToDoneRequiresHuman: boolean
  readonly redQuorum: number
  readonly countImputed: boolean
  readonly redRequiresSecondFactor: boolean
}

/** The rules of the most specific level that applies to all of a project. The simulator sets no others. */
export function rulesOf(mirror: Mirror, projectId: string): RulesInForce {
  const active = mirror.all('policy').filter(({ state }) => state === 'ACTIVE')
  const own = active.find(({ scopeType, projectId: owner }) => scopeType === 'PROJECT' && owner === projectId)
  const general = active.find(({ scopeType }) => scopeType === 'GLOBAL')?.content.rules
  const special = own?.content.rules
  return {
    reviewToDoneRequiresApproval:
      special?.reviewToDoneRequiresApproval ?? general?.reviewToDoneRequiresApproval ?? true,
    reviewToDoneRequiresHuman: special?.reviewToDoneRequiresHuman ?? general?.reviewToDoneRequiresHuman ?? true,
    redQuorum: special?.redQuorum ?? general?.redQuorum ?? 2,
    redRequiresSecondFactor: special?.redRequiresSecondFactor ?? general?.redRequiresSecondFactor ?? false,
    countImputed: special?.countImputed ?? general?.countImputed ?? true,
  }
}
