import { z } from 'zod'

const address = z.string().max(200)
const absolutePath = z.string().max(4096)

/** Everything a machine would find out, given as stubs: nothing is resolved, followed or opened. */
export const caseContext = z.object({
  cwd: absolutePath.optional(),
  workspaceRoot: absolutePath.optional(),
  home: absolutePath.optional(),
  shell: z.string().max(100).optional(),
  platform: z.string().max(100).optional(),
  mode: z.enum(['allowlist', 'public']).optional(),
  /** Host, or `*` for every other one, to its addresses. */
  dns: z.record(z.string(), z.union([address, z.array(address)])).optional(),
  /** Host to what it answers each time it is asked. */
  dns_seq: z.record(z.string(), z.array(z.union([address, z.array(address)]))).optional(),
  redirects: z.record(z.string(), z.object({ status: z.int(), location: z.string() })).optional(),
  fs: z.object({ symlinks: z.record(z.string(), z.string()).optional() }).optional(),
})
export type CaseContext = z.infer<typeof caseContext>

/** One call to judge. Fields beyond these are notes of whoever wrote the case. */
export const policyCase = z.object({
  id: z.union([z.string(), z.number()]),
  tool: z.string(),
  /** Whatever the tool would be given; without it the call is judged as one without arguments. */
  input: z.unknown().optional(),
  context: caseContext.default({}),
})
export type PolicyCase = z.infer<typeof policyCase>
