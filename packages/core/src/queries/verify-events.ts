import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { emptyHead } from '../model/seal.ts'
import { found, projectQuery } from './query.ts'
import { verifyChain } from './verify-chain.ts'

const sealInput = { seq: z.int().min(1), hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a hash') }

/**
 * Checks the chain of a project's log from its first event. With the number and hash of an event that the caller
 * kept, it also tells whether the log was cut or written anew since.
 */
export const verifyEvents = projectQuery({
  name: 'events.verify',
  summary: 'Checks the hash chain of the log and names the first event that is not what it was.',
  input: z
    .strictObject({ ...inProject, knownSeq: sealInput.seq.optional(), knownHash: sealInput.hash.optional() })
    .refine(({ knownSeq, knownHash }) => (knownSeq === undefined) === (knownHash === undefined), {
      error: 'knownSeq and knownHash go together',
      path: ['knownHash'],
    }),
  permission: 'read',
  async read({ queries, project }, { knownSeq, knownHash }) {
    const known =
      knownSeq === undefined || knownHash === undefined
        ? []
        : [{ projectId: project.id, seq: knownSeq, hash: knownHash, isGenuine: true }]
    return found(await verifyChain(queries, emptyHead(project.id), known))
  },
})
