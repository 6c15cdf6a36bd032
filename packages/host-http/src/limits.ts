/** What one request, and one caller, may cost. */
export interface HttpLimits {
  /** Longest body, in bytes. */
  readonly bodyBytesMax: number
  /** Longest path and query, in characters. */
  readonly urlCharsMax: number
  /** How deep JSON may nest. */
  readonly jsonDepthMax: number
  /** How many names one JSON object may have. */
  readonly jsonKeysMax: number
  /** How many event streams one key may hold open. */
  readonly streamsPerKeyMax: number
  /** How much of a stream waits for a slow reader, in bytes; the log keeps the rest. */
  readonly streamBufferBytes: number
  /** How often a silent stream says that it is alive. */
  readonly pingMs: number
  /** How soon a stream ends after its key was taken away. */
  readonly recheckMs: number
  /** What a client is told to wait before it connects again. */
  readonly reconnectMs: number
  /** How long a health check waits for the store. */
  readonly healthTimeoutMs: number
  /** How long one look at the store answers for all who ask for its health. */
  readonly healthAgeMs: number
  /** Reads of one caller within any minute. Infinity switches a limit off. */
  readonly readsPerMinuteMax: number
  /** Tasks that one agent creates within any minute. */
  readonly tasksPerMinuteMax: number
  /** Reports of usage and tool calls by one agent within any minute. */
  readonly reportsPerMinuteMax: number
  /** Calls of the gate by one agent within any minute. */
  readonly gatesPerMinuteMax: number
  /** Decisions of one person within any minute. */
  readonly decisionsPerMinuteMax: number
  /** Sessions that one person opens within any minute. */
  readonly signInsPerMinuteMax: number
  /** Keys that open nothing, from one address within any minute, before others are not even looked up. */
  readonly failedKeysPerMinuteMax: number
}

export const DEFAULT_LIMITS: HttpLimits = {
  bodyBytesMax: 1024 * 1024,
  urlCharsMax: 4096,
  jsonDepthMax: 32,
  jsonKeysMax: 1000,
  streamsPerKeyMax: 50,
  streamBufferBytes: 64 * 1024,
  pingMs: 15_000,
  recheckMs: 5_000,
  reconnectMs: 3_000,
  healthTimeoutMs: 2_000,
  healthAgeMs: 1_000,
  readsPerMinuteMax: 300,
  tasksPerMinuteMax: 100,
  reportsPerMinuteMax: 1_000,
  gatesPerMinuteMax: 500,
  decisionsPerMinuteMax: 60,
  signInsPerMinuteMax: 10,
  failedKeysPerMinuteMax: 10,
}
