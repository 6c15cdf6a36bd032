import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_TOKENS, type Tokens, totalTokens } from './run.ts'
import { tokensFromUsage, tokensSince, USAGE_SOURCES, type UsageSource } from './usage-shapes.ts'

const amount = fc.nat(1_000_000)
const tokens: fc.Arbitrary<Tokens> = fc.record({
  input: amount,
  output: amount,
  cacheRead: amount,
  cacheWrite: amount,
  reasoning: amount,
})

/** What each source would say of these tokens, in every form it has. */
const TELLINGS: Readonly<Record<string, readonly [UsageSource, (used: Tokens) => unknown]>> = {
  'AI SDK 6': [
    'ai-sdk',
    (used) => ({
      inputTokens: used.input + used.cacheRead + used.cacheWrite,
      outputTokens: used.output + used.reasoning,
      totalTokens: totalTokens(used),
      inputTokenDetails: {
        noCacheTokens: used.input,
        cacheReadTokens: used.cacheRead,
        cacheWriteTokens: used.cacheWrite,
      },
      outputTokenDetails: { textTokens: used.output, reasoningTokens: used.reasoning },
    }),
  ],
  'AI SDK, as a provider tells it': [
    'ai-sdk',
    (used) => ({
      inputTokens: {
        total: used.input + used.cacheRead + used.cacheWrite,
        noCache: used.input,
        cacheRead: used.cacheRead,
        cacheWrite: used.cacheWrite,
      },
      outputTokens: { total: used.output + used.reasoning, text: used.output, reasoning: used.reasoning },
    }),
  ],
  'OpenAI Agents for JavaScript': [
    'openai-agents',
    (used) => ({
      requests: 1,
      inputTokens: used.input + used.cacheRead + used.cacheWrite,
      outputTokens: used.output + used.reasoning,
      totalTokens: totalTokens(used),
      inputTokensDetails: [
        { cached_tokens: used.cacheRead, cache_write_tokens: 0 },
        { cached_tokens: 0, cache_write_tokens: used.cacheWrite },
      ],
      outputTokensDetails: [{ reasoning_tokens: used.reasoning }],
    }),
  ],
  'OpenAI Agents for Python': [
    'openai-agents',
    (used) => ({
      input_tokens: used.input + used.cacheRead + used.cacheWrite,
      output_tokens: used.output + used.reasoning,
      input_tokens_details: { cached_tokens: used.cacheRead, cache_write_tokens: used.cacheWrite },
      output_tokens_details: { reasoning_tokens: used.reasoning },
    }),
  ],
  'OpenTelemetry GenAI': [
    'otel-genai',
    (used) => ({
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': used.input + used.cacheRead + used.cacheWrite,
      'gen_ai.usage.output_tokens': used.output + used.reasoning,
      'gen_ai.usage.cache_read.input_tokens': used.cacheRead,
      'gen_ai.usage.cache_creation.input_tokens': used.cacheWrite,
      'gen_ai.usage.reasoning.output_tokens': used.reasoning,
    }),
  ],
}

describe('R-79 cached tokens count once', () => {
  test.each(Object.entries(TELLINGS))('%s: the parts are what was used, and their sum is the total', (_, telling) => {
    const [source, tell] = telling
    fc.assert(
      fc.property(tokens, (used) => {
        expect(tokensFromUsage(source, tell(used))).toEqual(used)
      }),
    )
  })

  test('Anthropic and OpenClaw tell them apart already, so nothing is subtracted', () => {
    fc.assert(
      fc.property(tokens, (drawn) => {
        const used = { ...drawn, reasoning: 0 }
        const told = {
          input_tokens: used.input,
          output_tokens: used.output,
          cache_creation_input_tokens: used.cacheWrite,
          cache_read_input_tokens: used.cacheRead,
          cache_creation: { ephemeral_5m_input_tokens: used.cacheWrite, ephemeral_1h_input_tokens: 0 },
          service_tier: 'standard',
        }
        expect(tokensFromUsage('anthropic', told)).toEqual(used)
        expect(tokensFromUsage('claude-agent-sdk', told)).toEqual(used)
        expect(tokensFromUsage('openclaw', { ...used, total: totalTokens(used) })).toEqual(used)
      }),
    )
  })

  test('older AI SDKs tell less: cached input in one figure, or none at all', () => {
    const five = { inputTokens: 100, outputTokens: 20, reasoningTokens: 5, cachedInputTokens: 40, totalTokens: 120 }
    expect(tokensFromUsage('ai-sdk', five)).toEqual({
      ...NO_TOKENS,
      input: 60,
      cacheRead: 40,
      output: 15,
      reasoning: 5,
    })
    const four = { promptTokens: 100, completionTokens: 20 }
    expect(tokensFromUsage('ai-sdk', four)).toEqual({ ...NO_TOKENS, input: 100, output: 20 })
  })

  test('a total that is smaller than its part is not taken for one, and nothing becomes negative', () => {
    const told = { inputTokens: 10, outputTokens: 3, cachedInputTokens: 500, reasoningTokens: 7 }
    expect(tokensFromUsage('ai-sdk', told)).toEqual({
      ...NO_TOKENS,
      input: 10,
      cacheRead: 500,
      output: 3,
      reasoning: 7,
    })
  })
})

describe('what tells nothing', () => {
  test.each(USAGE_SOURCES)('is unknown and not 0: %s', (source) => {
    const nonsense = [null, undefined, 'x', 7, [], {}, { inputTokens: null, input_tokens: null, input: null }]
    for (const usage of nonsense) expect(tokensFromUsage(source, usage)).toBeNull()
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5', 1e15]) {
      const told = { inputTokens: bad, input_tokens: bad, input: bad, 'gen_ai.usage.input_tokens': bad }
      expect(tokensFromUsage(source, told)).toBeNull()
    }
  })
})

describe('R-79 totals that count on', () => {
  test('replace each other: what is reported adds up to the last total, whatever the steps', () => {
    fc.assert(
      fc.property(fc.array(tokens, { minLength: 1, maxLength: 20 }), (steps) => {
        let before: Tokens | null = null
        let total = NO_TOKENS
        let reported = 0
        for (const step of steps) {
          total = sum(total, step)
          reported += totalTokens(tokensSince(before, total))
          // The same total told again is nothing new.
          expect(totalTokens(tokensSince(total, total))).toBe(0)
          before = total
        }
        expect(reported).toBe(totalTokens(total))
      }),
    )
  })

  test('that fell were started over, and count from there', () => {
    const before = { ...NO_TOKENS, input: 100, output: 50 }
    const total = { ...NO_TOKENS, input: 10, output: 60 }
    expect(tokensSince(before, total)).toEqual(total)
  })
})

function sum(one: Tokens, other: Tokens): Tokens {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    reasoning: one.reasoning + other.reasoning,
  }
}
