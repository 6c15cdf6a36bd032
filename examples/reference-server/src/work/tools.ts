import type { MissionControlClient, TaskContext } from '@mission-control/core'
import { CALL_MICROS } from '../call-price.ts'
import { ToolFailed, type Tools } from './job.ts'

/** The tools of a job over its context. */
export function toolsOf(context: TaskContext, client: MissionControlClient): Tools {
  async function call(tool: string, input: Record<string, string>, why: object = {}): Promise<string> {
    const result = await context.guard(tool, input, why)
    await context.usage({ label: `${tool} call`, costMicros: CALL_MICROS })
    if (!result.ok) throw new ToolFailed(`${tool} ${Object.values(input).join(' ')}: ${result.output.slice(0, 300)}`)
    return result.output
  }
  async function search(command: string): Promise<string> {
    try {
      return await call('exec', { command })
    } catch (error) {
      if (error instanceof ToolFailed) return ''
      throw error
    }
  }
  return {
    client,
    shell: (command, why) => call('exec', { command }, why),
    search,
    read: (path) => call('read_file', { path }),
    list: async (path) => (await call('list_files', { path })).split('\n').filter((name) => name !== ''),
    write: async (path, content) => {
      await context.guard('write_file', { path, content })
    },
  }
}
