import type { MissionControlClient, Submission, Task, TaskContext, TaskStatus, TaskType } from '@mission-control/core'

/** One task of the demonstration, and how it is done. */
export interface Job {
  /** Its outside reference: a second start finds the same task. */
  readonly ref: string
  readonly title: string
  readonly type: TaskType
  readonly priority: 1 | 2 | 3 | 4
  /** Who is given it; absent: whoever may claim it first. */
  readonly assignee?: string
  readonly needsGit?: boolean
  readonly budgetMicros?: number
  /** How it has to end. */
  readonly expected: TaskStatus
  readonly plan: readonly string[]
  readonly work: (task: Task, context: TaskContext, tools: Tools) => Promise<Submission>
}

/** What the jobs here do with their context. Every call goes through the gate and is charged. */
export interface Tools {
  /** Runs a shell command; its output, or an exception that says how it failed. */
  shell(command: string, why?: { justification: string; rollbackPlan: string }): Promise<string>
  /** The same for a command that fails when it finds nothing: then the empty text. */
  search(command: string): Promise<string>
  read(path: string): Promise<string>
  /** Names in a folder; folders end with a slash. */
  list(path: string): Promise<string[]>
  write(path: string, content: string): Promise<void>
  readonly client: MissionControlClient
}

export class ToolFailed extends Error {}
