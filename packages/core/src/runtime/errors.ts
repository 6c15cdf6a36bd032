import type { Refusal } from '../model/refusal.ts'

/** The policy or a person said no to a tool call. The work may go on without it, or end by letting this through. */
export class ToolDenied extends Error {
  readonly tool: string
  readonly approvalId: string | null

  constructor(tool: string, reason: string, approvalId: string | null) {
    super(`${tool} was denied: ${reason}`)
    this.name = 'ToolDenied'
    this.tool = tool
    this.approvalId = approvalId
  }
}

/** The work has to end now: pause, quarantine, lost lease, spent budget, or the task went elsewhere. */
export class WorkStopped extends Error {
  readonly refusal: Refusal | null

  constructor(reason: string, refused: Refusal | null = null) {
    super(reason)
    this.name = 'WorkStopped'
    this.refusal = refused
  }
}
