import { z } from 'zod'
import { CONTENT_BYTES_MAX, jsonSchema, storedText } from './text.ts'

const ENTRIES_MAX = 500
const TEXT_CHARS_MAX = 4096

const nameKey = storedText
  .min(1)
  .max(TEXT_CHARS_MAX)
  .refine((key) => key !== '__proto__', { error: 'is no path, host or URL' })

function bounded<T extends z.ZodType>(values: T) {
  return z
    .record(nameKey, values)
    .refine((entries) => Object.keys(entries).length <= ENTRIES_MAX, { error: `at most ${ENTRIES_MAX} entries` })
}

/**
 * What the executing machine found out about names in a call. Rules never touch a disk or a resolver themselves.
 * A missing entry means that it was not looked up, and then the text alone decides, strictly.
 */
export interface HostFacts {
  readonly realPaths: Readonly<Record<string, string>>
  readonly addresses: Readonly<Record<string, readonly string[]>>
  readonly redirects?: Readonly<Record<string, { readonly status: number; readonly location: string }>>
}

const hostFacts = z.strictObject({
  realPaths: bounded(z.string().min(1).max(TEXT_CHARS_MAX)),
  addresses: bounded(z.array(z.string().max(100)).max(50)),
  redirects: bounded(z.strictObject({ status: z.int(), location: z.string().max(TEXT_CHARS_MAX) })).default({}),
})

/** What the machine that would run the call looked up: where its paths really are, what its hosts resolve to. */
export const hostFactsInput = hostFacts as unknown as z.ZodType<HostFacts, HostFacts>

/** What would be done, byte for byte. */
export const toolActInput = {
  tool: storedText.min(1).max(200),
  input: jsonSchema(CONTENT_BYTES_MAX),
  cwd: storedText.min(1).max(TEXT_CHARS_MAX).nullable().default(null),
  resolved: hostFactsInput.nullable().default(null),
}
