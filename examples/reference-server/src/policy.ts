import { DEFAULT_POLICY, policyContent } from '@mission-control/core'

/** What one tool call of a scripted agent is charged, in micro-USD: it has no model, so it pays for the machine's time. */
export const CALL_MICROS = 1_500

/** The agents here are programs without a model. Their model has a price, and it is nothing, so it is known. */
export const SCRIPTED = { provider: 'local', model: 'scripted' }

/** The built-in policy, and the price of a scripted agent. */
export const POLICY = policyContent.parse({
  ...DEFAULT_POLICY,
  prices: {
    ...DEFAULT_POLICY.prices,
    models: [
      {
        ...SCRIPTED,
        inputMicrosPerMillion: 0,
        outputMicrosPerMillion: 0,
        cacheReadMicrosPerMillion: 0,
        cacheWriteMicrosPerMillion: 0,
      },
    ],
  },
})
