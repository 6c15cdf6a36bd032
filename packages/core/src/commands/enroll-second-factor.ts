import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { codeProblem, spendCode } from '../effects/second-factor.ts'
import { refusal } from '../model/refusal.ts'

/** From now on this person owes a one-time code with every decision on a RED act. Proven by a code of theirs. */
export const enrollSecondFactor = globalCommand({
  name: 'principals.enrollSecondFactor',
  summary: 'Enrols the calling person for one-time codes, proven by one.',
  input: z.strictObject({}),
  permission: null,
  whenContained: 'refused',
  scope: () => ({}),
  decide(deciding) {
    const { principal, changes } = deciding
    if (principal?.kind !== 'HUMAN') return refuse(refusal('FORBIDDEN', 'one-time codes are for people'))
    if (principal.totpEnrolled) return accept(principal)
    const problem = codeProblem(deciding, principal, 'enrolling')
    if (problem !== null) return refuse(problem)
    spendCode(deciding, principal)
    const enrolled = changes.update('principal', principal, { totpEnrolled: true })
    changes.event('PRINCIPAL_UPDATED', {
      subject: `principal/${principal.id}`,
      summary: `${principal.displayName} enrolled for one-time codes`,
    })
    return accept(enrolled)
  },
})
