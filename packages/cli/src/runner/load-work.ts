import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MissionControlClient, Submission, Task, TaskContext } from '@mission-control/core'
import { InputFault } from '../input-fault.ts'
import { scriptedWork } from './scripted-work.ts'

/** What a module for `--handler` exports: how a task is planned, and how it is done. */
export interface AgentWork {
  /** Three to six bullets. */
  plan(task: Task): string[] | Promise<string[]>
  /** Does the task and gives what is handed in. The client is the agent's own. */
  work(task: Task, context: TaskContext, client: MissionControlClient): Promise<Submission>
}

/** The work of a module, or without one the work of a program that has no model. */
export async function loadWork(module: string | undefined): Promise<AgentWork> {
  if (module === undefined) return scriptedWork
  const path = resolve(module)
  const loaded = (await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new InputFault(`--handler ${module}: ${error instanceof Error ? error.message : String(error)}`)
  })) as Readonly<Record<string, unknown>>
  const { plan, work } = loaded
  if (typeof plan === 'function' && typeof work === 'function') return { plan, work } as unknown as AgentWork
  throw new InputFault(`--handler ${module}: it must export the functions plan(task) and work(task, context, client)`)
}
