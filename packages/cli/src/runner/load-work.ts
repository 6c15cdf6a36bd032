import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InputFault } from '../input-fault.ts'
import type { AgentWork } from './agent-work.ts'
import { scriptedWork } from './scripted-work.ts'

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
