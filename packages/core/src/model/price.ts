/** Micro-USD per million tokens, by class. Null: the class has no price of its own and counts as input. */
export interface TokenPrice {
  readonly inputMicrosPerMillion: number
  readonly outputMicrosPerMillion: number
  readonly cacheReadMicrosPerMillion: number | null
  readonly cacheWriteMicrosPerMillion: number | null
}

/** What a model costs when its call had more input tokens, cached ones included, than the limit. It prices the whole call. */
export interface PriceTier extends TokenPrice {
  readonly aboveInputTokens: number
}

/** The price of a model as a rate card states it. */
export interface CallPrice extends TokenPrice {
  /** What each call costs besides its tokens. */
  readonly perCallMicros?: number
  /** Prices of long calls, the lowest limit first. */
  readonly tiers?: readonly PriceTier[]
}

/** A price and where it stands: a usage line keeps the version, so that a cost can be traced back to its rate card. */
export interface ListPrice extends CallPrice {
  readonly version: string
}
