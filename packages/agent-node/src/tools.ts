import type { ExecutionPlan, HostFacts, WorkspaceResult } from '@mission-control/core'
import type { Containment } from './containment.ts'
import { type FileEntry, type FileSetting, listFolder, readText, removeFile, writeText } from './files.ts'
import type { WorkspaceLimits } from './limits.ts'
import { joinLexically } from './real-path.ts'
import type { ExecutionResult } from './run-plan.ts'
import { systemCode, systemSentence, WorkspaceError } from './workspace-error.ts'

/** What an executor is told besides the arguments of the call. */
export interface ToolContext {
  /** What a shell call may run; null for every other tool. */
  readonly plan: ExecutionPlan | null
  readonly cwd: string | null
  readonly signal: AbortSignal
}

/** Carries out one kind of tool call that has been allowed. Whatever goes wrong is a result that is not ok. */
export type ToolExecutor = (input: unknown, context: ToolContext) => Promise<WorkspaceResult>

export type ToolName = 'exec' | 'read_file' | 'write_file' | 'list_files' | 'delete_file'

/** What the tools stand on. */
export interface ToolGround {
  readonly root: string
  readonly limits: WorkspaceLimits
  containmentFor(facts: HostFacts | null): Containment
  run(plan: ExecutionPlan, options: { signal: AbortSignal; facts: HostFacts | null }): Promise<ExecutionResult>
}

/** The built-in executors, bound to what was looked up for a call. */
export function createTools(
  ground: ToolGround,
  factsOf: (tool: ToolName, input: unknown, cwd: string | null) => HostFacts | null,
) {
  const onFiles =
    (tool: ToolName, act: (input: unknown, setting: FileSetting) => Promise<string>): ToolExecutor =>
    (input, { cwd, signal }) =>
      answer(async () => {
        signal.throwIfAborted()
        const containment = ground.containmentFor(factsOf(tool, input, cwd))
        const output = await act(input, {
          cwd: joinLexically(ground.root, cwd ?? '.'),
          containment,
          limits: ground.limits,
        })
        return { ok: true, output }
      })
  const exec: ToolExecutor = (input, { plan, cwd, signal }) =>
    answer(async () => {
      if (plan === null) {
        throw new WorkspaceError(
          'PLAN_INVALID',
          'nothing was run: the command is not literal, so there is no plan for it',
        )
      }
      return reported(await ground.run(plan, { signal, facts: factsOf('exec', input, cwd) }))
    })
  const tools: Readonly<Record<ToolName, ToolExecutor>> = {
    exec,
    read_file: onFiles('read_file', async (input, setting) => {
      const { content, cut } = await readText(textField(input, 'path'), setting)
      return cut ? `${content}\n[file cut after ${setting.limits.fileBytesMax} bytes]\n` : content
    }),
    write_file: onFiles('write_file', async (input, setting) => {
      await writeText(textField(input, 'path'), textField(input, 'content'), setting)
      return ''
    }),
    list_files: onFiles('list_files', async (input, setting) => {
      const entries = await listFolder(hasField(input, 'path') ? textField(input, 'path') : '.', setting)
      return entries.map((entry) => `${shown(entry)}\n`).join('')
    }),
    delete_file: onFiles('delete_file', async (input, setting) => {
      await removeFile(textField(input, 'path'), setting)
      return ''
    }),
  }
  return tools
}

/** Turns what must not or cannot be done into a result; a fault of our own goes on as an exception. */
export async function answer(act: () => Promise<WorkspaceResult>): Promise<WorkspaceResult> {
  try {
    const { ok, output } = await act()
    // Text with this character cannot be stored; the programs that print it mean the end of a name.
    return { ok, output: output.replaceAll('\0', '\u2400') }
  } catch (error) {
    if (error instanceof WorkspaceError) return { ok: false, output: `${error.code}: ${error.message}` }
    const code = systemCode(error)
    if (code !== null) return { ok: false, output: systemSentence(code) }
    if (error instanceof DOMException && error.name === 'AbortError') return { ok: false, output: 'stopped' }
    throw error
  }
}

/** The result of a plan as one text: stdout alone when all went well, so that it can be used as it is. */
function reported({ exitCode, stdout, stderr, timedOut, durationMs }: ExecutionResult): WorkspaceResult {
  const notes = [
    ...(stderr === '' ? [] : [`[stderr]\n${stderr.replace(/\n$/, '')}`]),
    ...(timedOut ? [`[stopped after ${durationMs} ms]`] : []),
    ...(exitCode === 0 ? [] : [`[exit code ${exitCode}]`]),
  ]
  const separator = stdout === '' || stdout.endsWith('\n') || notes.length === 0 ? '' : '\n'
  return { ok: exitCode === 0, output: `${stdout}${separator}${notes.map((note) => `${note}\n`).join('')}` }
}

function shown({ name, kind }: FileEntry): string {
  return kind === 'folder' ? `${name}/` : kind === 'link' ? `${name}@` : name
}

function hasField(input: unknown, name: string): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && Object.hasOwn(input, name)
}

function textField(input: unknown, name: string): string {
  const value = hasField(input, name) ? input[name] : undefined
  if (typeof value !== 'string') throw new WorkspaceError('INPUT_INVALID', `${name} must be a text`)
  return value
}
