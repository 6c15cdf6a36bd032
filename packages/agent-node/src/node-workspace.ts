import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { AgentWorkspace, ExecutionPlan, HostFacts, WorkspaceCall, WorkspaceResult } from '@mission-control/core'
import { atExit } from './at-exit.ts'
import { Containment } from './containment.ts'
import { createEnvironment, type Environment, searchPath } from './environment.ts'
import { FactsMemory } from './facts-memory.ts'
import {
  type FileContent,
  type FileEntry,
  type FileSetting,
  listFolder,
  readText,
  removeFile,
  writeText,
} from './files.ts'
import { lookUpFacts } from './host-facts.ts'
import { completeLimits, type WorkspaceLimits } from './limits.ts'
import { joinLexically } from './real-path.ts'
import { type ExecutionResult, runPlan } from './run-plan.ts'
import { answer, createTools, type ToolExecutor, type ToolName } from './tools.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface NodeWorkspaceOptions {
  /** The agent's folder; it must exist. */
  readonly root: string
  /** HOME of every command. Default: a new private folder, removed by `close`. */
  readonly home?: string
  /** Variables that commands get besides PATH, HOME, LANG and the like. Nothing is inherited from this program. */
  readonly env?: Readonly<Record<string, string>>
  readonly limits?: Partial<WorkspaceLimits>
  /**
   * Hosts, each with all below it, whose addresses may be looked up before a decision. Default: any. Asking for a name
   * tells it to a name server, so a squad that handles secrets should give the list of its policy.
   */
  readonly hosts?: readonly string[]
}

export interface RunOptions {
  readonly signal?: AbortSignal
  /** What `resolve` found for the call that the plan belongs to. Without it, no link may lead out of the workspace. */
  readonly facts?: HostFacts | null
}

/** A folder on this machine in which the tool calls of one agent are carried out. */
export interface NodeWorkspace extends AgentWorkspace {
  /** Real path of the folder. Register the agent with it as `workspacePath`, so that both mean the same paths. */
  readonly root: string
  /** HOME of every command. */
  readonly home: string
  /** One executor per tool, for a caller that dispatches calls itself. */
  readonly tools: Readonly<Record<ToolName, ToolExecutor>>
  /** Finds out where the paths and hosts in a call lead, and remembers it until the call is executed. */
  resolve(call: WorkspaceCall): Promise<HostFacts>
  /** Carries out an allowed call. Whatever goes wrong is a result that is not ok. */
  execute(
    call: WorkspaceCall & { readonly plan: ExecutionPlan | null; readonly signal: AbortSignal },
  ): Promise<WorkspaceResult>
  /** Runs a plan without a shell. A failing command is a result; a plan that must not run throws a WorkspaceError. */
  run(plan: ExecutionPlan, options?: RunOptions): Promise<ExecutionResult>
  /** The text of a file in the workspace, up to `limits.fileBytesMax`. */
  readFile(path: string): Promise<FileContent>
  /** Writes a whole file in the workspace; folders on the way are made. */
  writeFile(path: string, content: string): Promise<void>
  /** The names in a folder of the workspace, sorted. */
  listFiles(path: string): Promise<readonly FileEntry[]>
  /** Removes one file of the workspace, never a folder or a link. */
  deleteFile(path: string): Promise<void>
  /** Removes the private home folder. Commands must have ended. */
  close(): Promise<void>
}

/** Creates the place where an agent's tools run on this machine. */
export function createNodeWorkspace(options: NodeWorkspaceOptions): NodeWorkspace {
  if (process.platform === 'win32') throw new WorkspaceError('OPTIONS_INVALID', 'a workspace needs a POSIX system')
  const root = existingFolder('root', options.root)
  if (root === '/') throw new WorkspaceError('OPTIONS_INVALID', 'root may not be the root folder')
  const limits = completeLimits(options.limits)
  const path = searchPath(root)
  // Checked before a folder is made, which would be left behind by a refusal.
  createEnvironment(path, '/', options.env)
  const ownHome = options.home === undefined ? realpathSync(mkdtempSync(join(tmpdir(), 'mission-control-home-'))) : null
  const home = ownHome ?? existingFolder('home', options.home)
  const environment = createEnvironment(path, home, options.env)
  return new Workspace({
    root,
    home,
    ownHome,
    path,
    environment,
    limits,
    givenRoot: options.root,
    hosts: options.hosts ?? null,
  })
}

function existingFolder(name: string, path: string | undefined): string {
  if (path === undefined || !isAbsolute(path))
    throw new WorkspaceError('OPTIONS_INVALID', `${name} must be an absolute path`)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new WorkspaceError('OPTIONS_INVALID', `${name} must be an existing folder`)
  }
  return realpathSync(path)
}

interface Parts {
  readonly root: string
  readonly givenRoot: string
  readonly home: string
  readonly ownHome: string | null
  readonly path: readonly string[]
  readonly environment: Environment
  readonly limits: WorkspaceLimits
  readonly hosts: readonly string[] | null
}

class Workspace implements NodeWorkspace {
  readonly root: string
  readonly home: string
  readonly tools: NodeWorkspace['tools']
  readonly #parts: Parts
  readonly #memory = new FactsMemory()
  readonly #forget: () => void

  constructor(parts: Parts) {
    this.root = parts.root
    this.home = parts.home
    this.#parts = parts
    const { ownHome } = parts
    this.#forget = atExit(() => {
      if (ownHome !== null) rmSync(ownHome, { recursive: true, force: true })
    })
    this.tools = createTools(
      {
        root: parts.root,
        limits: parts.limits,
        containmentFor: (facts) => new Containment(parts.root, facts),
        run: (plan, options) => this.run(plan, options),
      },
      (tool, input, cwd) => this.#memory.recall({ tool, input, cwd }),
    )
  }

  async resolve(call: WorkspaceCall): Promise<HostFacts> {
    const { root, givenRoot, limits, hosts } = this.#parts
    const roots = [...new Set([root, joinLexically('/', givenRoot)])]
    const facts = await lookUpFacts(call, { roots, timeMs: limits.lookUpMs, hosts })
    this.#memory.remember(call, facts)
    return facts
  }

  execute({ tool, input, cwd, plan, signal }: Parameters<NodeWorkspace['execute']>[0]): Promise<WorkspaceResult> {
    const executor = Object.hasOwn(this.tools, tool) ? this.tools[tool as ToolName] : undefined
    if (executor !== undefined) return executor(input, { plan, cwd, signal })
    return answer(() =>
      Promise.reject(new WorkspaceError('INPUT_INVALID', `this workspace has no tool ${tool.slice(0, 60)}`)),
    )
  }

  run(plan: ExecutionPlan, { signal, facts }: RunOptions = {}): Promise<ExecutionResult> {
    const { root, path, environment, limits } = this.#parts
    return runPlan(plan, { root, path, environment, limits, facts: facts ?? null, signal: signal ?? null })
  }

  readFile(path: string): Promise<FileContent> {
    return readText(path, this.#ownFiles())
  }

  writeFile(path: string, content: string): Promise<void> {
    return writeText(path, content, this.#ownFiles())
  }

  listFiles(path: string): Promise<readonly FileEntry[]> {
    return listFolder(path, this.#ownFiles())
  }

  deleteFile(path: string): Promise<void> {
    return removeFile(path, this.#ownFiles())
  }

  #ownFiles(): FileSetting {
    return { cwd: this.root, containment: new Containment(this.root, null), limits: this.#parts.limits }
  }

  async close(): Promise<void> {
    this.#forget()
    if (this.#parts.ownHome !== null) await rm(this.#parts.ownHome, { recursive: true, force: true })
  }
}
