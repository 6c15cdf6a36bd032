import { DEFAULT_POLICY, policyContent } from '@mission-control/core'

/** What an agent without a model names as its model. */
export const SCRIPTED = { provider: 'local', model: 'scripted' } as const

/** What a new store begins with: the built-in policy, and a price for programs without a model, which is nothing. */
export const HOST_POLICY = policyContent.parse({
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
