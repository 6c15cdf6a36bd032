import type { ArgumentKind } from '../../../model/policy-shell.ts'
import { type CompiledFiles, type FileAccess, judgePath, type PathJudgement } from '../file-access.ts'
import { isAimedAt } from '../glob-overlap.ts'
import { GlobSet } from '../glob-set.ts'
import { assessUrl, type CompiledNetwork } from '../network.ts'
import { judgePattern } from '../path-patterns.ts'
import { type PathContext, resolvePath } from '../paths.ts'
import type { Violation } from '../types.ts'
import { type ArgumentUse, isOneOf } from './arguments.ts'
import { objectionToAwk } from './languages/awk.ts'
import { objectionToJq } from './languages/jq.ts'
import { objectionToSed } from './languages/sed.ts'

/** What checking an argument found out; collected over all commands of a call. */
export interface Findings {
  readonly violations: Violation[]
  /** May name one twice, as may the hosts. */
  readonly paths: string[]
  readonly hosts: string[]
  /** Words that name something: flags, branches, hosts, choices. Prose and file names are not among them. */
  readonly names: string[]
}

export interface CheckContext {
  readonly files: CompiledFiles
  readonly network: CompiledNetwork
  readonly paths: PathContext
}

const unlisted = (detail: string): Violation => ({
  step: 7,
  code: 'SHELL_UNLISTED',
  detail,
  verdict: 'NEEDS_APPROVAL',
  overridable: true,
})

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** Checks one argument against its rule and adds what it finds. */
export function checkArgument(use: ArgumentUse, context: CheckContext, findings: Findings): void {
  const { rule, text, word } = use
  if (typeof rule !== 'string') {
    findings.names.push(text)
    if (word.isPattern || !isOneOf(rule.oneOf, text)) {
      findings.violations.push(unlisted(`${shorten(text)} is not one of the listed words`))
    }
    return
  }
  if (word.isPattern && !PATTERN_KINDS.has(rule) && !(rule === 'searchGlob' && word.value.startsWith('-'))) {
    findings.violations.push(unlisted(`the pattern ${shorten(text)} where no path belongs`))
    return
  }
  const problem = CHECKS[rule](use, context, findings)
  if (problem !== null) findings.violations.push(unlisted(problem))
}

/** Kinds for which an unquoted pattern may be expanded. */
const PATTERN_KINDS: ReadonlySet<ArgumentKind> = new Set<ArgumentKind>([
  'read',
  'list',
  'pathspec',
  'testPath',
  'revision',
])

/** Says what is wrong, null when nothing is. Violations of the file and network rules go to the findings. */
type Check = (use: ArgumentUse, context: CheckContext, findings: Findings) => string | null

const STANDARD_INPUT = '-'
const NULL_DEVICE = '/dev/null'

function pathCheck(access: FileAccess): Check {
  return ({ text, word }, context, findings) => {
    if ((text === STANDARD_INPUT || text === NULL_DEVICE) && access !== 'delete') return null
    addPath(
      word.isPattern
        ? judgePattern(context.files, access, text, context.paths)
        : judgePath(context.files, access, text, context.paths),
      findings,
    )
    return null
  }
}

function addPath({ path, violations }: PathJudgement, findings: Findings): void {
  findings.paths.push(path)
  for (const violation of violations) findings.violations.push(violation)
}

function matching(pattern: RegExp, what: string, isName: boolean): Check {
  return ({ text }, _, findings) => {
    if (isName) findings.names.push(text)
    return pattern.test(text) ? null : `${shorten(text)} is no ${what}`
  }
}

/** Text that leaves the workspace when a program takes it for a path after all. */
function reachesOut(text: string): boolean {
  return /^[/~]|^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) || text.split(/[/\\=:]/).includes('..')
}

const name: Check = ({ text }, _, findings) => {
  findings.names.push(text)
  return text.startsWith('-') || reachesOut(text) ? `${shorten(text)} is no plain name` : null
}

/** The path part of a revision, if it has one, obeys the file rules; so does a word that can only be a path. */
const revision: Check = (use, context, findings) => {
  const { text, word } = use
  if (word.isPattern || /^:[!^(]/.test(text)) return pathspec(use, context, findings)
  findings.names.push(text)
  if (!/^[A-Za-z0-9_.@/^~{}:+=-]{1,250}$/.test(text) || text.startsWith('-')) return `${shorten(text)} is no revision`
  const path = text.slice(text.indexOf(':') + 1)
  if (path === '') return null
  const { files, paths } = context
  if (reachesOut(path) || !/[\^{}@~]|\.\./.test(path)) addPath(judgePath(files, 'read', path, paths), findings)
  return null
}

const PATHSPEC_MAGIC = /^:(?:[!^/]|\((?:exclude|top|icase|glob|literal)(?:,(?:exclude|top|icase|glob|literal))*\))?/

const pathspec: Check = ({ text, word }, { files, paths }, findings) => {
  const path = text.startsWith(':') ? text.replace(PATHSPEC_MAGIC, '') : text
  if (path === '') return null
  if (path.startsWith('-')) return `${shorten(text)} is no path`
  // Git expands wildcards itself, quoted or not.
  const isPattern = word.isPattern || /[*?[]/.test(path)
  addPath(isPattern ? judgePattern(files, 'read', path, paths) : judgePath(files, 'read', path, paths), findings)
  return null
}

/** `10,20:src/a.ts` or `:name:src/a.ts`: only the file at the end reaches anywhere. */
const lineRange: Check = ({ text }, { files, paths }, findings) => {
  const path = /^[^:]+:([^:]+)$|^:[^:]+:([^:]+)$/.exec(text)
  if (path !== null) addPath(judgePath(files, 'read', path[1] ?? path[2] ?? '', paths), findings)
  return path !== null || !text.includes(':') ? null : `${shorten(text)} is no range of lines`
}

/** Lists of places for scripts, compiled once for each policy. */
const scriptPlaces = new WeakMap<CompiledFiles, Map<readonly string[], GlobSet>>()

function placesOfScripts(files: CompiledFiles, scripts: readonly string[]): GlobSet {
  const known = scriptPlaces.get(files) ?? new Map<readonly string[], GlobSet>()
  const places = known.get(scripts) ?? new GlobSet(scripts, { isDeny: false, tmpDir: files.tmpDir })
  scriptPlaces.set(files, known.set(scripts, places))
  return places
}

const script: Check = ({ text, scripts }, { files, paths }, findings) => {
  const judged = judgePath(files, 'read', text, paths)
  addPath(judged, findings)
  if (judged.violations.length > 0) return null
  const resolved = resolvePath(text, paths)
  const allowed = placesOfScripts(files, scripts)
  const isListed = resolved.ok && resolved.places.every((place) => allowed.find(place, true) !== null)
  return isListed ? null : `the script ${shorten(text)} is not in a listed place`
}

/** Data for a script of the project. Where it is a path, or could be one to a secret, the file rules hold. */
const scriptArgument: Check = ({ text }, { files, paths }, findings) => {
  const value = text.slice(text.indexOf('=') + 1)
  const judged = judgePath(files, 'read', value, paths)
  const isDenied = judged.violations.some(({ verdict }) => verdict === 'DENY')
  if (reachesOut(text) || reachesOut(value) || judged.isSecret || isDenied) addPath(judged, findings)
  return null
}

/** A file of tests, optionally with a selection behind it: `tests/a.py::test_x`, `a.test.ts:12`. */
const testPath: Check = (use, context, findings) => {
  // Several checkers read further arguments from a file named this way.
  if (use.text.startsWith('@')) return `${shorten(use.text)} may stand for further arguments`
  const [, path, selection] = /^([^:]*)(:.*)?$/.exec(use.text) ?? []
  if (path === undefined || (selection !== undefined && !/^(?:::[\w[\]., =-]+)+$|^:[0-9]+$/.test(selection))) {
    return `${shorten(use.text)} selects no test`
  }
  return pathCheck('read')({ ...use, text: path }, context, findings)
}

/** A glob by which a searching program chooses files: it may narrow, not reach for hidden or protected names. */
const searchGlob: Check = ({ text }, { files }) => {
  if (text.startsWith('!')) return null
  const parts = text.replace(/^\.\//, '').split('/')
  const last = parts.at(-1) ?? ''
  if (reachesOut(text) || parts.some((part) => part.startsWith('.')) || /^\*+$/.test(last)) {
    return `the file pattern ${shorten(text)} reaches for hidden files`
  }
  const aimed = [...files.secretRead.globs, ...files.denyRead.globs].find((glob) =>
    isAimedAt(['**', ...parts], glob.replace(/^(?:~|<tmpdir>)?\//, '').split('/')),
  )
  return aimed === undefined ? null : `the file pattern ${shorten(text)} is aimed at ${aimed}`
}

const url: Check = ({ text }, { network, paths }, findings) => {
  const { violations, host } = assessUrl(network, text, { method: 'GET', facts: paths.resolved })
  if (host !== null) {
    findings.hosts.push(host)
    findings.names.push(host)
  }
  findings.violations.push(...violations)
  return null
}

const CHECKS: Readonly<Record<ArgumentKind, Check>> = {
  free: () => null,
  name,
  number: matching(/^[+-]?[0-9]{1,12}(?:\.[0-9]{1,6})?[A-Za-z%]{0,3}$/, 'number', false),
  read: pathCheck('read'),
  list: pathCheck('list'),
  write: pathCheck('write'),
  directory: pathCheck('list'),
  script,
  scriptArgument,
  url,
  revision,
  branchName: matching(/^[A-Za-z0-9](?!.*(?:\.\.|\/\/|@\{))[A-Za-z0-9._/#+-]{0,199}$/, 'branch name', true),
  pathspec,
  lineRange,
  packageFilter: (use, context, findings) =>
    /^[@A-Za-z0-9._/{}*!^-]{1,200}$/.test(use.text)
      ? name(use, context, findings)
      : `${shorten(use.text)} is no package`,
  searchGlob,
  testPath,
  // `%G` runs the program that the checkout names for signatures.
  gitFormat: ({ text }) => (/%[+\- ]?G/.test(text) ? 'a format that checks signatures' : null),
  sedScript: ({ text }) => objectionToSed(text),
  awkProgram: ({ text }) => objectionToAwk(text),
  jqFilter: ({ text }) => objectionToJq(text),
  timeFormat: matching(/^\+[^\n]*$/, 'time format', false),
}
