import type { ExecutionPlan } from '../../model/execution-plan.ts'
import type { CompiledPolicy } from './compile.ts'
import { type FileAccess, judgePath } from './file-access.ts'
import { filesOfPatch, type ReadInput, snakeCase } from './inputs.ts'
import { assessUrl } from './network.ts'
import { judgePattern } from './path-patterns.ts'
import { joinLexically, type PathContext, pathContext } from './paths.ts'
import { judgeShell } from './shell/judge.ts'
import { unbashParser } from './shell/parser.ts'
import type { ShellReading } from './shell/syntax.ts'
import { withEntry } from './short-list.ts'
import type { HostFacts, ToolCall, Violation } from './types.ts'

/** One call, read as far as its arguments go. */
export class ReadCall {
  readonly policy: CompiledPolicy
  readonly input: ReadInput
  readonly rawInput: unknown
  readonly shell: string | null
  readonly platform: string | null
  readonly #call: ToolCall
  #paths: PathContext | null = null

  constructor(policy: CompiledPolicy, call: ToolCall, rawInput: unknown, input: ReadInput) {
    this.policy = policy
    this.input = input
    this.rawInput = rawInput
    this.shell = call.shell ?? null
    this.platform = call.platform ?? null
    this.#call = call
  }

  get facts(): HostFacts | null {
    return this.#call.resolved
  }

  /** Many calls touch no path, and need no place to start one from. */
  get paths(): PathContext {
    this.#paths ??= pathContext(this.#call)
    return this.#paths
  }
}

/** What a call turned out to touch, gathered before the verdict. */
export interface Examination {
  capability: string
  plan: ExecutionPlan | null
  violations: Violation[]
  /** May name one twice. */
  paths: string[]
  hosts: string[]
  /** A command line as it was read, for the words of the record. */
  reading: ShellReading | null
  /** Words that name something, for the production detector. */
  names: readonly string[]
}

type Examiner = (call: ReadCall, found: Examination) => void

/** A reason that makes a call RED and that an approval may lift. */
export function asks(step: number, code: string, detail: string): Violation {
  return { step, code, detail, verdict: 'NEEDS_APPROVAL', overridable: true }
}

export function object(found: Examination, violation: Violation): void {
  found.violations = withEntry(found.violations, violation)
}

function objectAll(found: Examination, violations: readonly Violation[]): void {
  for (const violation of violations) object(found, violation)
}

/** Checks the arguments of a call by what its capability does with them. */
export function examineCall(capability: string, call: ReadCall, found: Examination): void {
  const examiner = EXAMINERS.get(capability) ?? examineRest
  examiner(call, found)
}

function unreadable(found: Examination, detail: string): void {
  object(found, asks(7, 'ARGUMENTS_UNREADABLE', detail))
}

/** Tools that may be called without any argument. */
function requireReadable({ rawInput, input }: ReadCall, found: Examination): void {
  if (rawInput !== null && rawInput !== undefined && input.objection !== null) unreadable(found, input.objection)
}

function fieldsOf({ rawInput, input }: ReadCall): Readonly<Record<string, unknown>> {
  return input.objection === null && rawInput !== null ? (rawInput as Readonly<Record<string, unknown>>) : {}
}

function examinePaths(
  { policy, paths }: ReadCall,
  found: Examination,
  access: FileAccess,
  texts: readonly string[],
): void {
  for (const text of texts) {
    const judged = judgePath(policy.files, access, text, paths)
    found.paths = withEntry(found.paths, judged.path)
    objectAll(found, judged.violations)
    if (judged.isSecret && access === 'read') found.capability = 'secret.read'
  }
}

const WORKING_FOLDER: readonly string[] = ['.']

/** Reading tools may name nothing, and then look at the working folder. */
const examineRead: Examiner = (call, found) => {
  requireReadable(call, found)
  const { input, policy, paths } = call
  examinePaths(call, found, 'read', input.paths.length === 0 ? WORKING_FOLDER : input.paths)
  const isOnePath = input.entries === 2 && input.paths.length === 1
  if (isOnePath) return
  const { pattern, glob, include } = fieldsOf(call)
  if (pattern === undefined && glob === undefined && include === undefined) return
  for (const text of [pattern, glob, include]) {
    if (typeof text !== 'string' || !/[*/.]/.test(text)) continue
    // `pattern` may be a regular expression, so only what reaches outside or for secrets objects.
    const { isSecret, violations } = judgePattern(policy.files, 'list', text, paths)
    if (isSecret || violations.some(({ code }) => code === 'PATH_OUTSIDE')) objectAll(found, violations)
  }
}

function firstText(...values: readonly unknown[]): string | undefined {
  for (const value of values) if (typeof value === 'string') return value
  return undefined
}

const examineWrite: Examiner = (call, found) => {
  const { input, policy } = call
  if (input.objection !== null) unreadable(found, input.objection)
  const { patch: patchField, diff, input: inputField } = fieldsOf(call)
  const text = firstText(patchField, diff, inputField)
  const patch = text === undefined ? null : filesOfPatch(text)
  if (text !== undefined && patch === null) unreadable(found, 'a patch in an unknown form')
  const touched = patch === null ? input.paths : [...input.paths, ...patch.files]
  if (touched.length === 0) unreadable(found, 'no path to write to')
  examinePaths(call, found, 'write', touched)
  if (patch !== null && patch.deletes > policy.files.deleteFilesMax) {
    object(found, asks(7, 'DELETE_MANY', `a patch that deletes ${patch.deletes} files`))
  }
}

const examineDelete: Examiner = (call, found) => {
  const { input, policy } = call
  if (input.objection !== null) unreadable(found, input.objection)
  if (input.paths.length === 0) unreadable(found, 'no path to delete')
  examinePaths(call, found, 'delete', input.paths)
  const isMany = input.paths.length > policy.files.deleteFilesMax
  const isTree = input.isRecursive || input.paths.some((path) => path.endsWith('/') || /[*?[]/.test(path))
  if (isMany || isTree) object(found, asks(7, 'DELETE_MANY', 'a tree or many files at once'))
}

/** Arguments of shell tools that change nothing about what is run. */
const INERT_SHELL_KEYS =
  /^(?:command|cmd|description|explanation|reason|title|timeout(?:_(?:ms|sec|seconds))?|yield_ms|pty)$/
const FOLDER_KEYS = /^(?:cwd|workdir|working_dir(?:ectory)?)$/
/** Shells that read a literal command line the way our grammar does. */
const UNDERSTOOD_SHELLS = new Set(['bash', 'sh', 'dash'])

const examineShell: Examiner = (call, found) => {
  const { policy, input, shell, platform } = call
  if (input.objection !== null) unreadable(found, input.objection)
  if (platform === 'win32' || (shell !== null && !UNDERSTOOD_SHELLS.has(shell))) {
    object(found, asks(7, 'SHELL_NOT_LITERAL', 'a command for a shell that is not understood'))
  }
  const paths = shellContext(call, found)
  if (paths.cwd !== paths.workspace) {
    objectAll(found, judgePath(policy.files, 'list', paths.cwd, paths).violations)
  }
  if (input.command === null) {
    unreadable(found, 'no command to run')
    return
  }
  const judged = judgeShell(policy, input.command, paths, unbashParser)
  found.plan = judged.plan
  found.reading = judged.reading
  found.names = [...found.names, ...judged.names]
  objectAll(found, judged.violations)
  for (const path of judged.paths) found.paths = withEntry(found.paths, path)
  for (const host of judged.hosts) found.hosts = withEntry(found.hosts, host)
}

/** Where the command runs. An environment, more rights or a background of its own is more than a command. */
function shellContext(call: ReadCall, found: Examination): PathContext {
  let { paths } = call
  const fields = fieldsOf(call)
  for (const name of Object.keys(fields)) {
    if (name === 'command') continue
    const value = fields[name]
    const key = snakeCase(name)
    const isNothing = value === null || value === undefined || value === false || value === ''
    if (isNothing || INERT_SHELL_KEYS.test(key)) continue
    if (FOLDER_KEYS.test(key) && typeof value === 'string') paths = { ...paths, cwd: joinLexically(paths.cwd, value) }
    else object(found, asks(7, 'SHELL_OPTIONS', `the option ${name.slice(0, 40)} of a shell call is not listed`))
  }
  return paths
}

function examineUrls(call: ReadCall, found: Examination): void {
  const { policy, input } = call
  for (const url of input.urls) {
    const request = { method: input.method ?? 'GET', facts: call.facts }
    const { violations, host } = assessUrl(policy.network, url, request)
    objectAll(found, violations)
    if (host !== null) {
      found.hosts = withEntry(found.hosts, host)
      found.names = [...found.names, host]
    }
  }
}

const examineRequest: Examiner = (call, found) => {
  if (call.input.objection !== null) unreadable(found, call.input.objection)
  if (call.input.urls.length === 0) unreadable(found, 'no URL to request')
  examineUrls(call, found)
}

const WATCHING_ACTIONS = /^(?:list|poll|log|kill|remove|clear|status)$/

/** Sending text to a running program is running something nobody has read. */
const examineProcess: Examiner = ({ input }, found) => {
  if (input.objection !== null) unreadable(found, input.objection)
  else if (input.action === null || !WATCHING_ACTIONS.test(input.action)) {
    object(found, asks(7, 'PROCESS_INPUT', `the action ${input.action?.slice(0, 40) ?? '(none)'} is not listed`))
  }
}

/** URLs among the arguments of any other tool obey the same rules when they are there. */
const examineRest: Examiner = (call, found) => {
  requireReadable(call, found)
  examineUrls(call, found)
}

const examineMedia: Examiner = (call, found) => {
  examineRest(call, found)
  examinePaths(call, found, 'read', call.input.paths)
}

const EXAMINERS: ReadonlyMap<string, Examiner> = new Map([
  ['fs.read', examineRead],
  ['fs.write', examineWrite],
  ['fs.delete', examineDelete],
  ['media.read', examineMedia],
  ['shell.exec', examineShell],
  ['net.fetch', examineRequest],
  ['net.request', examineRequest],
  ['process.control', examineProcess],
])
