import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { emptyHead } from '../model/seal.ts'
import { found, projectQuery } from './query.ts'
import { verifyChain } from './verify-chain.ts'

/** Most events that one call looks at, rounded up to a page. */
const EVENTS_MAX = 20_000

const seqInput = z.int().min(1).optional()
const hashInput = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a hash')
  .optional()

const input = z
  .strictObject({ ...inProject, knownSeq: seqInput, knownHash: hashInput, afterSeq: seqInput, afterHash: hashInput })
  .refine(({ knownSeq, knownHash }) => (knownSeq === undefined) === (knownHash === undefined), {
    error: 'knownSeq and knownHash go together',
    path: ['knownHash'],
  })
  .refine(({ afterSeq, afterHash }) => (afterSeq === undefined) === (afterHash === undefined), {
    error: 'afterSeq and afterHash go together',
    path: ['afterHash'],
  })

/**
 * Checks the chain of a project's log from its first event, or from the head that an earlier call gave. With the
 * number and hash of an event that the caller kept, it also tells whether the log was cut or written anew since.
 */
export const verifyEvents = projectQuery({
  name: 'events.verify',
  summary: 'Checks the hash chain of the log and names the first event that is not what it was.',
  input,
  permission: 'read',
  async read({ queries, project }, { knownSeq, knownHash, afterSeq, afterHash }) {
    const projectId = project.id
    const from =
      afterSeq === undefined || afterHash === undefined
        ? emptyHead(projectId)
        : { projectId, seq: afterSeq, hash: afterHash }
    const known =
      knownSeq === undefined || knownHash === undefined
        ? []
        : [{ projectId, seq: knownSeq, hash: knownHash, isGenuine: true }]
    return found(await verifyChain(queries, from, known, EVENTS_MAX))
  },
})
