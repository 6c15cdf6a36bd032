import { closeSync, write as writeCallback } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { type ExecutionPlan, type HostFacts, type WithheldPlace, withheldPaths } from '@mission-control/core'
import { Capture } from './capture.ts'
import { checkPlan, pipesIn } from './check-plan.ts'
import { Containment } from './containment.ts'
import { prepareCurl } from './curl-settings.ts'
import { type Environment, findProgram } from './environment.ts'
import { expandPattern } from './expand-pattern.ts'
import { prepareGit } from './git-settings.ts'
import type { WorkspaceLimits } from './limits.ts'
import { type OpenFolder, openFolder } from './open-at.ts'
import { type PlanCommand, StreamOpener, type Streams } from './open-streams.ts'
import { Pipes } from './pipes.ts'
import { NOT_FOUND, Processes } from './run-command.ts'
import { pathsIn } from './words.ts'
import { systemCode, systemSentence, WorkspaceError } from './workspace-error.ts'

const write = promisify(writeCallback)

type PlanNode = ExecutionPlan['root']

/** How a plan went. */
export interface ExecutionResult {
  /** Status of the last command, by the rules of a shell: 127 not found, 126 not startable, 128 + n ended by signal n. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Whether more was written than is reported. */
  readonly cut: boolean
  readonly timedOut: boolean
  readonly durationMs: number
}

export interface PlanSetting {
  readonly root: string
  readonly path: readonly string[]
  readonly environment: Environment
  readonly limits: WorkspaceLimits
  readonly facts: HostFacts | null
  readonly signal: AbortSignal | null
}

/** Runs a plan to its end. Throws only for what must not be run; a failing command is a result. */
export async function runPlan(plan: ExecutionPlan, setting: PlanSetting): Promise<ExecutionResult> {
  checkPlan(plan)
  const startedAt = performance.now()
  const pipes = await Pipes.create(2 + pipesIn(plan.root), setting)
  try {
    const run = new PlanRun(setting, pipes, withheldPaths(plan, placeOf(setting)))
    const ended = await run.start(plan.root)
    return { ...ended, durationMs: Math.round(performance.now() - startedAt) }
  } finally {
    await pipes.close()
  }
}

/** The policy speaks of the home folder of whoever runs this program, not of the private one that commands get. */
function placeOf({ root }: PlanSetting): WithheldPlace {
  return { workspacePath: root, home: homedir(), tmpDir: tmpdir() }
}

type StopReason = 'TIME' | 'OUTPUT' | 'SIGNAL' | 'FAULT'

/** Status of a step that did not run, or was ended, because the plan was stopped. */
const STOPPED = 143

class PlanRun {
  readonly #setting: PlanSetting
  readonly #pipes: Pipes
  readonly #containment: Containment
  readonly #isWithheld: (path: string) => boolean
  readonly #processes = new Processes()
  #stopped: StopReason | null = null
  #killTimer: NodeJS.Timeout | undefined

  constructor(setting: PlanSetting, pipes: Pipes, isWithheld: (path: string) => boolean) {
    this.#setting = setting
    this.#isWithheld = isWithheld
    this.#pipes = pipes
    this.#containment = new Containment(setting.root, setting.facts)
  }

  async start(root: PlanNode): Promise<Omit<ExecutionResult, 'durationMs'>> {
    const { limits, signal } = this.#setting
    const outputs = [this.#pipes.open(), this.#pipes.open()] as const
    const captures = outputs.map(({ read }) => new Capture(read, limits, () => this.#stop('OUTPUT')))
    const timer = setTimeout(() => this.#stop('TIME'), limits.timeMs)
    const abort = () => this.#stop('SIGNAL')
    signal?.addEventListener('abort', abort)
    if (signal?.aborted === true) abort()
    let texts: Awaited<ReturnType<Capture['finish']>>[] = []
    let exitCode = STOPPED
    try {
      exitCode = await this.#run(root, { stdin: null, stdout: outputs[0].write, stderr: outputs[1].write })
    } finally {
      clearTimeout(timer)
      clearTimeout(this.#killTimer)
      signal?.removeEventListener('abort', abort)
      for (const { write } of outputs) closeSync(write)
      texts = await Promise.all(captures.map((capture) => capture.finish()))
    }
    return {
      // A command that takes the signal for a wish and ends with 0 has been stopped all the same.
      exitCode: this.#stopped !== null && exitCode === 0 ? STOPPED : exitCode,
      stdout: texts[0]?.text ?? '',
      stderr: texts[1]?.text ?? '',
      cut: texts.some(({ isCut }) => isCut),
      timedOut: this.#stopped === 'TIME',
    }
  }

  #stop(reason: StopReason): void {
    if (this.#stopped !== null) return
    this.#stopped = reason
    this.#processes.signal('SIGTERM')
    this.#killTimer = setTimeout(() => this.#processes.signal('SIGKILL'), this.#setting.limits.killGraceMs)
  }

  async #run(node: PlanNode, streams: Streams): Promise<number> {
    switch (node.kind) {
      case 'command':
        return this.#command(node, streams)
      case 'enter':
        return this.#enter(node.cwd, streams)
      case 'list':
        return this.#list(node.steps, streams)
      case 'pipeline':
        return this.#pipeline(node.commands, streams)
    }
  }

  async #list(steps: Extract<PlanNode, { kind: 'list' }>['steps'], streams: Streams): Promise<number> {
    let status = 0
    for (const { when, run } of steps) {
      if (this.#stopped !== null) return STOPPED
      if (when === 'always' || (when === 'success') === (status === 0)) status = await this.#run(run, streams)
    }
    return status
  }

  /** Starts all commands at once. A stage that ends closes its ends of the pipes, and with that tells its neighbours. */
  async #pipeline(commands: readonly PlanNode[], streams: Streams): Promise<number> {
    const pipes = commands.slice(1).map(() => this.#pipes.open())
    const stages = commands.map(async (command, at) => {
      const [before, after] = [pipes[at - 1], pipes[at]]
      try {
        return await this.#run(command, {
          stdin: before?.read ?? streams.stdin,
          stdout: after?.write ?? streams.stdout,
          stderr: streams.stderr,
        })
      } catch (error) {
        // One stage must not run: the others would do half of what was judged as a whole.
        this.#stop('FAULT')
        throw error
      } finally {
        if (before !== undefined) closeSync(before.read)
        if (after !== undefined) closeSync(after.write)
      }
    })
    const ended = await Promise.allSettled(stages)
    const fault = ended.find((stage) => stage.status === 'rejected')
    if (fault !== undefined) throw fault.reason
    const last = ended.at(-1)
    return last?.status === 'fulfilled' ? last.value : STOPPED
  }

  /** Opens a folder for a command to run in; null, with a complaint, where there is none. */
  async #folder(cwd: string, streams: Streams): Promise<{ readonly held: OpenFolder; readonly real: string } | null> {
    const { real } = await this.#containment.place('/', cwd)
    try {
      return { held: await openFolder(real), real }
    } catch (error) {
      const code = systemCode(error)
      if (code === null) throw error
      await complain(streams.stderr, `cd: ${cwd}: ${systemSentence(code)}`)
      return null
    }
  }

  async #enter(cwd: string, streams: Streams): Promise<number> {
    const folder = await this.#folder(cwd, streams)
    await folder?.held.close()
    return folder === null ? 1 : 0
  }

  async #command(command: PlanCommand, streams: Streams): Promise<number> {
    const folder = await this.#folder(command.cwd, streams)
    if (folder === null) return 1
    const opener = new StreamOpener(this.#containment, this.#pipes)
    try {
      const stdio = await opener.open(command, streams)
      return await this.#launch(command, folder, stdio)
    } catch (error) {
      const reason = failureOf(error)
      if (reason === null) throw error
      await complain(streams.stderr, `${command.argv[0]}: ${reason}`)
      return 1
    } finally {
      await opener.close()
      await folder.held.close()
    }
  }

  async #launch(
    command: PlanCommand,
    folder: { readonly held: OpenFolder; readonly real: string },
    stdio: readonly [number | null, number | null, number | null],
  ): Promise<number> {
    const { root, path } = this.#setting
    const name = command.argv[0] ?? ''
    const report = (message: string) => complain(stdio[2], `${name}: ${message}`)
    const program = await findProgram(name, path, root)
    if (program === null) {
      await report('command not found')
      return NOT_FOUND
    }
    const words = await this.#words(command, folder.real)
    const { argv, environment } = await this.#prepared(words, program, folder)
    if (this.#stopped !== null) return STOPPED
    const start = { program, argv, cwd: folder.held.path, environment: { ...environment, PWD: folder.real }, stdio }
    return this.#processes.run(start, report)
  }

  /** The words of a command with its patterns expanded, each checked for links that mislead. */
  async #words({ argv, patterns, cwd }: PlanCommand, realCwd: string): Promise<readonly string[]> {
    const { root, limits: all } = this.#setting
    const limits = { root, entriesMax: all.entriesMax, isWithheld: this.#isWithheld }
    const words: string[] = []
    for (const [at, word] of argv.entries()) {
      for (const part of at === 0 ? [] : pathsIn(word)) await this.#containment.word(cwd, part)
      words.push(...(patterns.includes(at) ? await expandPattern(word, realCwd, limits) : [word]))
    }
    return words
  }

  /** Programs that read settings from the checkout or connect somewhere get words and variables that pin both. */
  async #prepared(
    argv: readonly string[],
    program: string,
    { held, real }: { readonly held: OpenFolder; readonly real: string },
  ): Promise<{ readonly argv: readonly string[]; readonly environment: Environment }> {
    const { environment } = this.#setting
    const containment = this.#containment
    if (argv[0] === 'git') return prepareGit(argv, { program, cwd: held.path, realCwd: real, environment, containment })
    return { argv: argv[0] === 'curl' ? prepareCurl(argv, containment) : argv, environment }
  }
}

/** Why a command failed before it started, null for what must stop the whole plan. */
function failureOf(error: unknown): string | null {
  if (error instanceof WorkspaceError && error.code === 'PATH_KIND') return error.message
  const code = systemCode(error)
  return code === null ? null : systemSentence(code)
}

/** Writes a line where a shell would complain. Nobody reading it any more is no fault. */
async function complain(stderr: number | null, message: string): Promise<void> {
  if (stderr === null) return
  await write(stderr, `${message}\n`).catch(() => undefined)
}
