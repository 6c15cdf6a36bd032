/** What an agent was told it holds when it sent a command; for an executor, its request. */
export interface Fence {
  readonly taskId: string
  readonly epoch: number
}

/** One call of somebody, however often it is sent. */
export interface Call {
  /** Idempotency key, and mark of its events. */
  readonly key: string
  readonly operation: string
  readonly principalId: string
  readonly agentId: string | null
  readonly projectId: string
  /** With which it came; null where it came without. */
  readonly fence: Fence | null
}
