import type { ExecutionPlan, PlanInput, PlanNode, PlanOutput } from '../../../model/execution-plan.ts'
import type { CompiledPolicy } from '../compile.ts'
import { judgePath } from '../file-access.ts'
import { joinLexically, type PathContext } from '../paths.ts'
import type { Violation } from '../types.ts'
import { withheldFrom } from '../withheld.ts'
import { readArguments } from './arguments.ts'
import { type CheckContext, checkArgument, type Findings } from './check-argument.ts'
import { type DenyContext, deniedReads, hardDenials, matchesCommand } from './hard-deny.ts'
import { NULL_DEVICE, redirected, type Streams } from './streams.ts'
import type { ShellNode, ShellParser, ShellReading } from './syntax.ts'
import type { ShellWord } from './words.ts'

export interface ShellJudgement {
  readonly violations: Violation[]
  /** What may run; null unless every part is literal. A plan may come with violations that an approval can lift. */
  readonly plan: ExecutionPlan | null
  /** What was read, for the words that a record keeps. */
  readonly reading: ShellReading
  /** Words that name something, for the production detector; null: any word may. */
  readonly names: string[] | null
  /** May name one twice, as may the hosts. */
  readonly paths: string[]
  readonly hosts: string[]
}

const asks = (code: string, detail: string): Violation => ({
  step: 7,
  code,
  detail,
  verdict: 'NEEDS_APPROVAL',
  overridable: true,
})

/** Judges one command line. The text itself never decides: only what could be proven about each of its words does. */
export function judgeShell(
  policy: CompiledPolicy,
  source: string,
  paths: PathContext,
  parser: ShellParser,
): ShellJudgement {
  const reading = parser.read(source, policy.shell.lengthMax)
  const denyContext: DenyContext = { files: policy.files, paths, forbid: policy.shell.forbid, parser }
  const judge = new ScriptJudge(policy, paths)
  const root = judge.judge(reading)
  const findings = judge.findings
  const isHarmless = root !== null && findings.violations.length === 0 && judge.isQuiet
  if (!isHarmless) for (const denial of hardDenials(reading.seen, denyContext)) findings.violations.push(denial)
  // Only to tell DENY from asking: a word that merely reads like a denied path stops nothing that is allowed.
  const denied = findings.violations.length > 0 ? deniedReads(reading.seen, denyContext) : null
  if (denied !== null) findings.violations.push(denied)
  return {
    violations: distinct(findings.violations),
    plan: root === null ? null : { version: 1, root, withheld: withheldFrom(root, policy.files) },
    reading,
    names: findings.violations.length > 0 ? null : findings.names,
    paths: findings.paths,
    hosts: findings.hosts,
  }
}

/** Every word in a command line that could be read, in order. */
export function literalWords({ seen }: ShellReading): readonly string[] {
  const found: string[] = []
  for (const commands of seen.pipelines) {
    for (const { words } of commands) {
      for (const word of words) if (word !== null) found.push(word)
    }
  }
  return found
}

const VIOLATIONS_MAX = 50

/** Each reason once, where it was first found; the last of those that say the same. */
function distinct(violations: Violation[]): Violation[] {
  if (violations.length < 2) return violations
  const kept: Violation[] = []
  for (const violation of violations) {
    const same = kept.findIndex(({ code, detail }) => code === violation.code && detail === violation.detail)
    if (same === -1) kept.push(violation)
    else kept[same] = violation
  }
  return kept.slice(0, VIOLATIONS_MAX)
}

type Redirects = Extract<ShellNode, { kind: 'command' }>['redirects']

function isOfFile(redirect: Redirects[number]): redirect is Extract<Redirects[number], { path: ShellWord }> {
  return (redirect.kind === 'read' || redirect.kind === 'write') && redirect.path.value !== NULL_DEVICE
}

/** Folders that a command may find itself in, the intended one first: a `cd` that fails leaves the old one. */
type Folders = readonly string[]
const FOLDERS_MAX = 8

interface Outcome {
  readonly node: PlanNode
  readonly onSuccess: Folders
  readonly onFailure: Folders
}

function union(one: Folders, other: Folders): Folders {
  return [...new Set([...one, ...other])]
}

const USUAL_STREAMS: Streams = { stdin: { from: 'nothing' }, stdout: { to: 'stdout' }, stderr: { to: 'stderr' } }

class ScriptJudge {
  readonly findings: Findings = { violations: [], paths: [], hosts: [], names: [] }
  readonly #policy: CompiledPolicy
  readonly #paths: PathContext
  /** True while no command has been met that a hard rule could object to. */
  isQuiet = true
  #commands = 0
  #hasExactPlan = true

  constructor(policy: CompiledPolicy, paths: PathContext) {
    this.#policy = policy
    this.#paths = paths
  }

  judge({ script, refusal }: ShellReading): PlanNode | null {
    if (script === null) {
      this.#ask('SHELL_NOT_LITERAL', refusal ?? 'the command is not literal')
      return null
    }
    const { node } = this.#node(script, [this.#paths.cwd], USUAL_STREAMS)
    if (this.#commands > this.#policy.shell.commandsMax) {
      this.#cannotPlan('SHELL_NOT_LITERAL', `more than ${this.#policy.shell.commandsMax} commands`)
    }
    return this.#hasExactPlan ? node : null
  }

  #ask(code: string, detail: string): void {
    this.findings.violations.push(asks(code, detail))
  }

  /** What a plan has no words for is not run at all: no approval makes it mean what a shell would do. */
  #cannotPlan(code: string, detail: string): void {
    this.#ask(code, detail)
    this.#hasExactPlan = false
  }

  #node(node: ShellNode, folders: Folders, streams: Streams): Outcome {
    switch (node.kind) {
      case 'command':
        return this.#command(node.words, node.redirects, folders, streams)
      case 'list':
        return this.#list(node.steps, folders, streams)
      case 'pipeline':
        return this.#pipeline(node.commands, folders, streams)
      case 'group': {
        const inner = this.#redirect(node.redirects, folders, streams, true)
        // A subshell: its changes of folder end with it.
        const { node: body } = this.#node(node.body, folders, inner)
        return { node: body, onSuccess: folders, onFailure: folders }
      }
    }
  }

  #list(steps: Extract<ShellNode, { kind: 'list' }>['steps'], folders: Folders, streams: Streams): Outcome {
    let onSuccess = folders
    let onFailure: Folders = folders
    const planned = steps.map(({ when, run }, at) => {
      const entry = when === 'success' ? onSuccess : when === 'failure' ? onFailure : union(onSuccess, onFailure)
      const outcome = this.#node(run, entry, streams)
      if (at === 0 || when === 'always') {
        onSuccess = outcome.onSuccess
        onFailure = outcome.onFailure
      } else if (when === 'success') {
        onSuccess = outcome.onSuccess
        onFailure = union(outcome.onFailure, onFailure)
      } else {
        onSuccess = union(onSuccess, outcome.onSuccess)
        onFailure = outcome.onFailure
      }
      return { when, run: outcome.node }
    })
    return { node: { kind: 'list', steps: planned }, onSuccess, onFailure }
  }

  #pipeline(commands: readonly ShellNode[], folders: Folders, streams: Streams): Outcome {
    const last = commands.length - 1
    // To a command of a pipeline `stdout` is the pipe to the next, so its errors cannot be sent where the last one writes.
    if (last > 0 && streams.stderr.to === 'stdout') {
      this.#cannotPlan('SHELL_REDIRECT', 'the errors of a pipeline into its output')
    }
    const planned = commands.map((command, at) => {
      if (command.kind === 'command' && command.words[0]?.value === 'cd') {
        this.#ask('SHELL_NOT_LITERAL', 'a change of folder inside a pipeline')
      }
      const stdin: PlanInput = at === 0 ? streams.stdin : { from: 'pipe' }
      const stdout: PlanOutput = at === last ? streams.stdout : { to: 'stdout' }
      return this.#node(command, folders, { stdin, stdout, stderr: streams.stderr }).node
    })
    return { node: { kind: 'pipeline', commands: planned }, onSuccess: folders, onFailure: folders }
  }

  #command(words: readonly ShellWord[], redirects: Redirects, folders: Folders, streams: Streams): Outcome {
    this.#commands += 1
    const cwd = folders[0] ?? this.#paths.cwd
    const { stdin, stdout, stderr } = this.#redirect(redirects, folders, streams, false)
    const argv: string[] = []
    const patterns: number[] = []
    for (const { value, isPattern } of words) {
      if (isPattern && !value.startsWith('-')) patterns.push(argv.length)
      argv.push(value)
    }
    if (folders.length > FOLDERS_MAX) this.#ask('SHELL_NOT_LITERAL', 'too many changes of folder')
    else this.#listed(words, argv, folders)
    if (argv[0] === 'cd') return this.#enter(argv, redirects, folders)
    const node: PlanNode = { kind: 'command', argv, patterns, cwd, stdin, stdout, stderr }
    return { node, onSuccess: folders, onFailure: folders }
  }

  #risky(argv: readonly string[]): void {
    const risky = this.#policy.shell.risky.find((pattern) => matchesCommand(argv, pattern))
    if (risky !== undefined) this.#ask('SHELL_RISKY', `${risky.join(' ')} always asks`)
  }

  /** Checks a command against its profile, in every folder it may run in. */
  #listed(words: readonly ShellWord[], argv: readonly string[], folders: Folders): void {
    const { shell, files, network } = this.#policy
    const name = argv[0] ?? ''
    const profile = shell.profiles.get(name)
    this.isQuiet &&= shell.quiet.has(name)
    if (!shell.quiet.has(name)) this.#risky(argv)
    if (profile === undefined) {
      this.#ask('SHELL_UNLISTED', `the command ${name.slice(0, 40)} is not listed`)
      return
    }
    const reading = readArguments(name, profile, words.slice(1))
    this.findings.names.push(name)
    for (const named of reading.names) this.findings.names.push(named)
    if (reading.objection !== null) this.#ask('SHELL_UNLISTED', reading.objection)
    for (const cwd of folders) {
      const paths = cwd === this.#paths.cwd ? this.#paths : { ...this.#paths, cwd }
      const context: CheckContext = { files, network, paths }
      for (const use of reading.uses) checkArgument(use, context, this.findings)
    }
  }

  #enter(argv: readonly string[], redirects: Redirects, folders: Folders): Outcome {
    // The step that stands for it opens no files.
    if (redirects.some(isOfFile)) this.#cannotPlan('SHELL_REDIRECT', 'a change of folder with files')
    const target = argv[1] ?? ''
    if (argv.length !== 2 || target === '' || target === '-') this.#ask('SHELL_UNLISTED', 'cd without a plain folder')
    const entered = folders.map((folder) => joinLexically(folder, target))
    const node: PlanNode = { kind: 'enter', cwd: entered[0] ?? this.#paths.cwd }
    return { node, onSuccess: [...new Set(entered)], onFailure: folders }
  }

  #redirect(redirects: Redirects, folders: Folders, streams: Streams, isGroup: boolean): Streams {
    if (redirects.length === 0) return streams
    const { files, shell } = this.#policy
    const cwd = folders[0] ?? this.#paths.cwd
    for (const redirect of redirects) {
      if (redirect.kind === 'duplicate') continue
      if (redirect.kind === 'text') {
        // Each command would read it from its beginning, where the commands of a group go on reading one input.
        if (isGroup) this.#cannotPlan('SHELL_REDIRECT', 'input for a group of commands')
        continue
      }
      const target = redirect.path.value
      if (target === NULL_DEVICE) continue
      // Each command would open it anew, and the second empty what the first one wrote.
      if (isGroup) this.#cannotPlan('SHELL_REDIRECT', 'files for a group of commands')
      const isWrite = redirect.kind === 'write'
      if (isWrite && !shell.redirectsWriteFiles) this.#ask('SHELL_REDIRECT', `a redirect into ${target.slice(0, 60)}`)
      for (const folder of folders) {
        const judged = judgePath(files, isWrite ? 'write' : 'read', target, { ...this.#paths, cwd: folder })
        this.findings.paths.push(judged.path)
        this.findings.violations.push(...judged.violations)
      }
    }
    const absolute = (path: string) => joinLexically(cwd, path)
    const result = redirected(streams, redirects, absolute)
    const opened = new Set(
      Object.values(result).map((stream: PlanInput | PlanOutput) => 'path' in stream && stream.path),
    )
    // A shell would create or empty it all the same.
    if (redirects.some((redirect) => isOfFile(redirect) && !opened.has(absolute(redirect.path.value)))) {
      this.#cannotPlan('SHELL_REDIRECT', 'a file that another redirect replaces')
    }
    return result
  }
}
