import { z } from 'zod'
import { NO_TOKENS, type Tokens } from './run.ts'

const TOKENS_MAX = 1_000_000_000_000

/** A count as SDKs give it: missing where a provider does not tell. */
const count = z.int().nonnegative().max(TOKENS_MAX).nullish()
const firstOf = (...counts: readonly (number | null | undefined)[]): number => counts.find((one) => one != null) ?? 0

/** What a source says, before it is known which of its figures contain which others. */
interface Told {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
}

interface Shape {
  read(usage: unknown): Told | null
  /** Whether the input of this source contains what was read from and written to caches. */
  readonly inputHoldsCache: boolean
}

function shape<S extends z.ZodType>(schema: S, told: (usage: z.infer<S>) => Told, inputHoldsCache: boolean): Shape {
  return {
    read: (usage) => {
      const parsed = schema.safeParse(usage)
      return parsed.success ? told(parsed.data) : null
    },
    inputHoldsCache,
  }
}

/** Says which figures a source must have at least: without any of them it is not this source. */
function tellsOneOf<T extends z.ZodObject>(schema: T, ...names: readonly string[]) {
  return schema.refine((usage) => names.some((name) => (usage as Readonly<Record<string, unknown>>)[name] != null))
}

const detailsOfInput = z.object({ cacheReadTokens: count, cacheWriteTokens: count }).nullish()
const detailsOfOutput = z.object({ reasoningTokens: count }).nullish()

const aiSdk = shape(
  tellsOneOf(
    z.object({
      inputTokens: z.union([count, z.object({ total: count, cacheRead: count, cacheWrite: count })]),
      outputTokens: z.union([count, z.object({ total: count, reasoning: count })]),
      promptTokens: count,
      completionTokens: count,
      cachedInputTokens: count,
      reasoningTokens: count,
      inputTokenDetails: detailsOfInput,
      outputTokenDetails: detailsOfOutput,
    }),
    'inputTokens',
    'promptTokens',
    'outputTokens',
    'completionTokens',
  ),
  (usage) => {
    const input = typeof usage.inputTokens === 'object' ? usage.inputTokens : { total: usage.inputTokens }
    const output = typeof usage.outputTokens === 'object' ? usage.outputTokens : { total: usage.outputTokens }
    const cached = { cacheRead: null, cacheWrite: null, ...input }
    return {
      input: firstOf(input?.total, usage.promptTokens),
      cacheRead: firstOf(cached.cacheRead, usage.inputTokenDetails?.cacheReadTokens, usage.cachedInputTokens),
      cacheWrite: firstOf(cached.cacheWrite, usage.inputTokenDetails?.cacheWriteTokens),
      output: firstOf(output?.total, usage.completionTokens),
      reasoning: firstOf(
        { reasoning: null, ...output }.reasoning,
        usage.outputTokenDetails?.reasoningTokens,
        usage.reasoningTokens,
      ),
    }
  },
  true,
)

/** Of one call, or of several in a list. */
const details = z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))]).nullish()

function sumOf(given: z.infer<typeof details>, ...names: readonly string[]): number {
  const list = given == null ? [] : Array.isArray(given) ? given : [given]
  return list.reduce((sum, one) => {
    const found = names.map((name) => count.safeParse(one[name]).data).find((value) => value != null)
    return sum + (found ?? 0)
  }, 0)
}

const openAiAgents = shape(
  tellsOneOf(
    z.object({
      inputTokens: count,
      outputTokens: count,
      input_tokens: count,
      output_tokens: count,
      inputTokensDetails: details,
      outputTokensDetails: details,
      input_tokens_details: details,
      output_tokens_details: details,
    }),
    'inputTokens',
    'input_tokens',
    'outputTokens',
    'output_tokens',
  ),
  (usage) => {
    const ofInput = usage.inputTokensDetails ?? usage.input_tokens_details
    const ofOutput = usage.outputTokensDetails ?? usage.output_tokens_details
    return {
      input: firstOf(usage.inputTokens, usage.input_tokens),
      cacheRead: sumOf(ofInput, 'cached_tokens', 'cachedTokens'),
      cacheWrite: sumOf(ofInput, 'cache_write_tokens', 'cacheWriteTokens'),
      output: firstOf(usage.outputTokens, usage.output_tokens),
      reasoning: sumOf(ofOutput, 'reasoning_tokens', 'reasoningTokens'),
    }
  },
  true,
)

const anthropic = shape(
  tellsOneOf(
    z.object({
      input_tokens: count,
      output_tokens: count,
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
    }),
    'input_tokens',
    'output_tokens',
  ),
  (usage) => ({
    input: firstOf(usage.input_tokens),
    cacheRead: firstOf(usage.cache_read_input_tokens),
    cacheWrite: firstOf(usage.cache_creation_input_tokens),
    output: firstOf(usage.output_tokens),
    reasoning: 0,
  }),
  false,
)

const openClaw = shape(
  tellsOneOf(z.object({ input: count, output: count, cacheRead: count, cacheWrite: count }), 'input', 'output'),
  (usage) => ({
    input: firstOf(usage.input),
    cacheRead: firstOf(usage.cacheRead),
    cacheWrite: firstOf(usage.cacheWrite),
    output: firstOf(usage.output),
    reasoning: 0,
  }),
  false,
)

const openTelemetry = shape(
  tellsOneOf(
    z.object({
      'gen_ai.usage.input_tokens': count,
      'gen_ai.usage.output_tokens': count,
      'gen_ai.usage.prompt_tokens': count,
      'gen_ai.usage.completion_tokens': count,
      'gen_ai.usage.cache_read.input_tokens': count,
      'gen_ai.usage.cache_creation.input_tokens': count,
      'gen_ai.usage.reasoning.output_tokens': count,
    }),
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.prompt_tokens',
    'gen_ai.usage.completion_tokens',
  ),
  (usage) => ({
    input: firstOf(usage['gen_ai.usage.input_tokens'], usage['gen_ai.usage.prompt_tokens']),
    cacheRead: firstOf(usage['gen_ai.usage.cache_read.input_tokens']),
    cacheWrite: firstOf(usage['gen_ai.usage.cache_creation.input_tokens']),
    output: firstOf(usage['gen_ai.usage.output_tokens'], usage['gen_ai.usage.completion_tokens']),
    reasoning: firstOf(usage['gen_ai.usage.reasoning.output_tokens']),
  }),
  true,
)

const SHAPES = {
  'ai-sdk': aiSdk,
  'openai-agents': openAiAgents,
  anthropic,
  'claude-agent-sdk': anthropic,
  openclaw: openClaw,
  'otel-genai': openTelemetry,
} as const satisfies Record<string, Shape>

/** Where figures of use come from. */
export type UsageSource = keyof typeof SHAPES
export const USAGE_SOURCES = Object.keys(SHAPES) as readonly UsageSource[]

/**
 * The tokens of one call in disjoint classes, from what a source tells, so that no token counts twice. Null where it
 * tells no usable figures: unknown is not 0, and a line without tokens says so.
 */
export function tokensFromUsage(source: UsageSource, usage: unknown): Tokens | null {
  const found = SHAPES[source]
  const told = found.read(usage)
  if (told === null) return null
  const cached = told.cacheRead + told.cacheWrite
  return {
    // A total that is smaller than its parts does not contain them, whatever the documentation of its source says.
    input: found.inputHoldsCache && told.input >= cached ? told.input - cached : told.input,
    cacheRead: told.cacheRead,
    cacheWrite: told.cacheWrite,
    output: told.output >= told.reasoning ? told.output - told.reasoning : told.output,
    reasoning: told.reasoning,
  }
}

/**
 * What a source that counts on and on has used since the total before. A total that fell was started over, and then
 * it is all new. Report the answer under a `callId` of its own: totals replace each other, they never add up.
 */
export function tokensSince(before: Tokens | null, total: Tokens): Tokens {
  if (before === null) return total
  const classes = Object.keys(NO_TOKENS) as (keyof Tokens)[]
  if (classes.some((name) => total[name] < before[name])) return total
  return Object.fromEntries(classes.map((name) => [name, total[name] - before[name]])) as unknown as Tokens
}
