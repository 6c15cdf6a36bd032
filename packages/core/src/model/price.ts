/** Micro-USD per million tokens, by class. Null: the class has no price of its own and counts as input. */
export interface TokenPrice {
  readonly inputMicrosPerMillion: number
  readonly outputMicrosPerMillion: number
  readonly cacheReadMicrosPerMillion: number | null
  readonly cacheWriteMicrosPerMillion: number | null
}

/** A price and where it stands: a usage line keeps the version, so that a cost can be traced back to its rate card. */
export interface ListPrice extends TokenPrice {
  readonly version: string
}
