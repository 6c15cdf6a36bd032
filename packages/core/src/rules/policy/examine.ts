import { asks, type Examination } from './examination.ts'
import { type FileAccess, judgePath } from './file-access.ts'
import { filesOfPatch, type ReadInput, snakeCase } from './inputs.ts'
import { assessUrl } from './network.ts'
import { judgePattern } from './path-patterns.ts'
import { joinLexically, type PathContext } from './paths.ts'
import { judgeShell } from './shell/judge.ts'
import { unbashParser } from './shell/parser.ts'

type Examiner = (found: Examination) => void

/** Checks the arguments of a call by what its capability does with them. */
export function examineCall(capability: string, found: Examination): void {
  const examiner = EXAMINERS.get(capability) ?? examineRest
  examiner(found)
}

/** Whether the arguments of a capability are read in a way of its own, which may need more than they say. */
export function hasExaminer(capability: string): boolean {
  return EXAMINERS.has(capability)
}

function unreadable(found: Examination, detail: string): void {
  found.object(asks(7, 'ARGUMENTS_UNREADABLE', detail))
}

/** Tools that may be called without any argument. */
function requireReadable(found: Examination): void {
  const { rawInput, input } = found
  if (rawInput !== null && rawInput !== undefined && input.objection !== null) unreadable(found, input.objection)
}

function fieldsOf({ rawInput, input }: Examination): Readonly<Record<string, unknown>> {
  return input.objection === null && rawInput !== null ? (rawInput as Readonly<Record<string, unknown>>) : NO_FIELDS
}

function examinePaths(found: Examination, access: FileAccess, texts: readonly string[]): void {
  for (const text of texts) {
    const judged = judgePath(found.policy.files, access, text, found.context)
    found.addPath(judged.path)
    found.objectAll(judged.violations)
    if (judged.isSecret && access === 'read') found.capability = 'secret.read'
  }
}

const NO_FIELDS: Readonly<Record<string, unknown>> = {}

/** Whether a path is all that the arguments hold. */
function isOnePath({ entries, paths }: ReadInput): boolean {
  return entries === 2 && paths.length === 1
}

const WORKING_FOLDER: readonly string[] = ['.']

/** Reading tools may name nothing, and then look at the working folder. */
const examineRead: Examiner = (found) => {
  requireReadable(found)
  const { input, policy, context } = found
  examinePaths(found, 'read', input.paths.length === 0 ? WORKING_FOLDER : input.paths)
  if (isOnePath(input)) return
  const { pattern, glob, include } = fieldsOf(found)
  if (pattern === undefined && glob === undefined && include === undefined) return
  for (const text of [pattern, glob, include]) {
    if (typeof text !== 'string' || !/[*/.]/.test(text)) continue
    // `pattern` may be a regular expression, so only what reaches outside or for secrets objects.
    const { isSecret, violations } = judgePattern(policy.files, 'list', text, context)
    if (isSecret || violations.some(({ code }) => code === 'PATH_OUTSIDE')) found.objectAll(violations)
  }
}

function firstText(...values: readonly unknown[]): string | undefined {
  for (const value of values) if (typeof value === 'string') return value
  return undefined
}

const examineWrite: Examiner = (found) => {
  const { input, policy } = found
  if (input.objection !== null) unreadable(found, input.objection)
  const { patch: patchField, diff, input: inputField } = isOnePath(input) ? NO_FIELDS : fieldsOf(found)
  const text = firstText(patchField, diff, inputField)
  const patch = text === undefined ? null : filesOfPatch(text)
  if (text !== undefined && patch === null) unreadable(found, 'a patch in an unknown form')
  const touched = patch === null ? input.paths : [...input.paths, ...patch.files]
  if (touched.length === 0) unreadable(found, 'no path to write to')
  examinePaths(found, 'write', touched)
  if (patch !== null && patch.deletes > policy.files.deleteFilesMax) {
    found.object(asks(7, 'DELETE_MANY', `a patch that deletes ${patch.deletes} files`))
  }
}

const examineDelete: Examiner = (found) => {
  const { input, policy } = found
  if (input.objection !== null) unreadable(found, input.objection)
  if (input.paths.length === 0) unreadable(found, 'no path to delete')
  examinePaths(found, 'delete', input.paths)
  const isMany = input.paths.length > policy.files.deleteFilesMax
  const isTree = input.isRecursive || input.paths.some((path) => path.endsWith('/') || /[*?[]/.test(path))
  if (isMany || isTree) found.object(asks(7, 'DELETE_MANY', 'a tree or many files at once'))
}

/** Arguments of shell tools that change nothing about what is run. */
const INERT_SHELL_KEYS =
  /^(?:command|cmd|description|explanation|reason|title|timeout(?:_(?:ms|sec|seconds))?|yield_ms|pty)$/
const FOLDER_KEYS = /^(?:cwd|workdir|working_dir(?:ectory)?)$/
/** Shells that read a literal command line the way our grammar does. */
const UNDERSTOOD_SHELLS = new Set(['bash', 'sh', 'dash'])

const examineShell: Examiner = (found) => {
  const { policy, input } = found
  const { shell = null, platform = null } = found.call
  if (input.objection !== null) unreadable(found, input.objection)
  if (platform === 'win32' || (shell !== null && !UNDERSTOOD_SHELLS.has(shell))) {
    found.object(asks(7, 'SHELL_NOT_LITERAL', 'a command for a shell that is not understood'))
  }
  const paths = shellContext(found)
  if (paths.cwd !== paths.workspace) {
    found.objectAll(judgePath(policy.files, 'list', paths.cwd, paths).violations)
  }
  if (input.command === null) {
    unreadable(found, 'no command to run')
    return
  }
  const judged = judgeShell(policy, input.command, paths, unbashParser)
  found.plan = judged.plan
  found.reading = judged.reading
  found.names = judged.names
  if (found.violations.length === 0) found.violations = judged.violations
  else found.objectAll(judged.violations)
  found.paths = judged.paths
  found.hosts = judged.hosts
}

/** Where the command runs. An environment, more rights or a background of its own is more than a command. */
function shellContext(found: Examination): PathContext {
  let paths = found.context
  const fields = fieldsOf(found)
  for (const name of Object.keys(fields)) {
    if (name === 'command') continue
    const value = fields[name]
    const key = snakeCase(name)
    const isNothing = value === null || value === undefined || value === false || value === ''
    if (isNothing || INERT_SHELL_KEYS.test(key)) continue
    if (FOLDER_KEYS.test(key) && typeof value === 'string') paths = { ...paths, cwd: joinLexically(paths.cwd, value) }
    else found.object(asks(7, 'SHELL_OPTIONS', `the option ${name.slice(0, 40)} of a shell call is not listed`))
  }
  return paths
}

function examineUrls(found: Examination): void {
  const { policy, input, call } = found
  for (const url of input.urls) {
    const request = { method: input.method ?? 'GET', facts: call.resolved }
    const { violations, host } = assessUrl(policy.network, url, request)
    found.objectAll(violations)
    if (host !== null) {
      found.addHost(host)
      found.addName(host)
    }
  }
}

const examineRequest: Examiner = (found) => {
  const { objection, urls } = found.input
  if (objection !== null) unreadable(found, objection)
  if (urls.length === 0) unreadable(found, 'no URL to request')
  examineUrls(found)
}

const WATCHING_ACTIONS = /^(?:list|poll|log|kill|remove|clear|status)$/

/** Sending text to a running program is running something nobody has read. */
const examineProcess: Examiner = (found) => {
  const { input } = found
  if (input.objection !== null) unreadable(found, input.objection)
  else if (input.action === null || !WATCHING_ACTIONS.test(input.action)) {
    found.object(asks(7, 'PROCESS_INPUT', `the action ${input.action?.slice(0, 40) ?? '(none)'} is not listed`))
  }
}

/** URLs among the arguments of any other tool obey the same rules when they are there. */
const examineRest: Examiner = (found) => {
  requireReadable(found)
  examineUrls(found)
}

const examineMedia: Examiner = (found) => {
  examineRest(found)
  examinePaths(found, 'read', found.input.paths)
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
