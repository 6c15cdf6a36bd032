import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'

/** Lets somebody who lost their device enrol anew. Nobody does that for themselves, or beyond their own projects. */
export const resetSecondFactor = globalCommand({
  name: 'principals.resetSecondFactor',
  summary: 'Ends the enrolment of another person for one-time codes.',
  input: z.strictObject({ principalId: refSchema, reason: reasonSchema }),
  permission: 'principals.admin',
  whenContained: 'refused',
  scope: ({ principalId }) => ({ records: [{ kind: 'principal', id: principalId }] }),
  decide(deciding, { principalId, reason }) {
    const { principal: caller, snapshot, changes } = deciding
    const person = snapshot.get('principal', principalId)
    const reach = caller?.projectIds ?? 'ALL'
    const isWithin =
      reach === 'ALL' || (person?.projectIds !== 'ALL' && person?.projectIds.every((id) => reach.includes(id)))
    if (person?.kind !== 'HUMAN' || isWithin !== true) {
      return refuse(refusal('NOT_FOUND', `no such person: ${principalId}`))
    }
    if (person.id === caller?.id) return refuse(refusal('FORBIDDEN', 'another ADMIN resets an enrolment'))
    if (!person.totpEnrolled) return accept(person)
    const reset = changes.update('principal', person, { totpEnrolled: false })
    changes.event('PRINCIPAL_UPDATED', {
      subject: `principal/${person.id}`,
      summary: `${person.displayName} has to enrol for one-time codes anew`,
      reason,
    })
    return accept(reset)
  },
})
