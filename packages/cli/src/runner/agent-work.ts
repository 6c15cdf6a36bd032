import type { MissionControlClient, Submission, Task, TaskContext } from '@mission-control/core'

/** What a module for `--handler` exports: how a task is planned, and how it is done. */
export interface AgentWork {
  /** Three to six bullets. */
  plan(task: Task): string[] | Promise<string[]>
  /** Does the task and gives what is handed in. The client is the agent's own. */
  work(task: Task, context: TaskContext, client: MissionControlClient): Promise<Submission>
}
