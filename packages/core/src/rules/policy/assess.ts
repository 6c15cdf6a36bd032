import { redactText, detectSecrets } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import { type FileAccess, judgePath } from './file-access.ts'
import { filesOfPatch, type ReadInput, readInput } from './inputs.ts'
import { assessUrl } from './network.ts'
import { judgePattern } from './path-patterns.ts'
import { type PathContext, pathContext } from './paths.ts'
import { hitsProduction } from './production.ts'
import { judgeShell } from './shell/judge.ts'
import { unbashParser } from './shell/parser.ts'
import { unwrapCall } from './tool-map.ts'
import type { RiskLevel, ToolAssessment, ToolCall, ToolFacts, Violation } from './types.ts'

export type { HostFacts, ToolAssessment, ToolCall, ToolFacts, Violation } from './types.ts'

/** What a call turned out to touch, gathered before the verdict. */
interface Examination {
  capability: string
  risk: RiskLevel
  plan: ToolAssessment['plan']
  readonly violations: Violation[]
  readonly paths: Set<string>
  readonly hosts: Set<string>
  words: readonly string[]
  names: readonly string[]
}

interface Call {
  readonly policy: CompiledPolicy
  readonly input: ReadInput
  readonly paths: PathContext
  readonly rawInput: unknown
}

const FACTS_MAX = 200
const FACT_LENGTH_MAX = 500
const SCANNED_MAX = 65_536

function asks(step: number, code: string, detail: string): Violation {
  return { step, code, detail, verdict: 'NEEDS_APPROVAL', overridable: true }
}

/**
 * Judges one tool call by its text and what the machine found out: deny lists, allowlists and detectors (steps 6 to 8).
 * Whatever cannot be told is RED, and a fault inside a rule is a DENY.
 */
export function assessToolCall(policy: CompiledPolicy, call: ToolCall): ToolAssessment {
  try {
    return examine(policy, call)
  } catch (error) {
    const detail = `a rule failed: ${error instanceof Error ? error.message : 'unknown fault'}`
    const violation: Violation = { step: 6, code: 'RULE_ERROR', detail, verdict: 'DENY', overridable: false }
    return {
      capability: 'unknown',
      riskLevel: 'RED',
      violations: [violation],
      plan: null,
      facts: { tool: call.tool.slice(0, 200), words: [], paths: [], hosts: [], amounts: [] },
    }
  }
}

function examine(policy: CompiledPolicy, { tool: name, input: outer, ...where }: ToolCall): ToolAssessment {
  const { tool, input: rawInput } = unwrapCall(name, outer)
  const mapped = tool === null ? undefined : policy.capabilities.get(tool)
  const input = readInput(rawInput)
  const capability = refinedCapability(mapped, tool, input)
  const found: Examination = {
    capability: capability ?? 'unknown',
    risk: (capability === undefined ? undefined : policy.risks.get(capability)) ?? 'RED',
    plan: null,
    violations: [],
    paths: new Set(),
    hosts: new Set(),
    words: [],
    names: input.names,
  }
  const paths = pathContext(where)
  if (capability === undefined) found.violations.push(asks(7, 'TOOL_UNKNOWN', `the tool ${name.slice(0, 60)} is not mapped`))
  else (EXAMINERS[capability] ?? examineRest)({ policy, input, paths, rawInput }, found)
  detect(policy, tool, rawInput, found)
  if (found.violations.length > 0) found.risk = 'RED'
  return {
    capability: found.capability,
    riskLevel: found.risk,
    violations: found.violations,
    plan: found.plan,
    facts: factsOf(name, input, found),
  }
}

const READING_ACTIONS = new Set(['get', 'list', 'read', 'status', 'health', 'schema', 'config.get', 'config.schema', 'show'])

function refinedCapability(mapped: string | undefined, tool: string | null, { names }: ReadInput): string | undefined {
  if (mapped !== 'gateway.configure' || tool !== 'gateway') return mapped
  const action = names[names.indexOf('action') + 1]
  return names.includes('action') && action !== undefined && READING_ACTIONS.has(action) ? 'gateway.read' : mapped
}

type Examiner = (call: Call, found: Examination) => void

function unreadable(found: Examination, detail: string): void {
  found.violations.push(asks(7, 'ARGUMENTS_UNREADABLE', detail))
}

function examinePaths({ policy, paths }: Call, found: Examination, access: FileAccess, texts: readonly string[]): void {
  for (const text of texts) {
    const judged = judgePath(policy.files, access, text, paths)
    found.paths.add(judged.path)
    found.violations.push(...judged.violations)
    if (judged.isSecret && access === 'read') found.capability = 'secret.read'
  }
}

/** Reading tools may name nothing, and then look at the working folder. Patterns are judged by what they could match. */
const examineRead: Examiner = (call, found) => {
  const { input, paths, policy, rawInput } = call
  if (rawInput !== null && rawInput !== undefined && input.objection !== null) unreadable(found, input.objection)
  examinePaths(call, found, 'read', input.paths.length === 0 ? ['.'] : input.paths)
  const { pattern, glob, include } = (rawInput ?? {}) as Readonly<Record<string, unknown>>
  for (const text of [pattern, glob, include]) {
    // A regular expression under `pattern` is judged as a path too; only what reaches outside or for secrets objects.
    if (typeof text !== 'string' || !/[*/.]/.test(text)) continue
    const judged = judgePattern(policy.files, 'list', text, paths)
    const isAimed = judged.isSecret || judged.violations.some(({ code }) => code === 'PATH_OUTSIDE')
    if (isAimed) found.violations.push(...judged.violations)
  }
}

const examineWrite: Examiner = (call, found) => {
  const { input, rawInput } = call
  if (input.objection !== null) unreadable(found, input.objection)
  const fields = (rawInput ?? {}) as Readonly<Record<string, unknown>>
  const text = [fields['patch'], fields['diff'], fields['input']].find((value) => typeof value === 'string')
  const patch = text === undefined ? null : filesOfPatch(String(text))
  if (text !== undefined && patch === null) unreadable(found, 'a patch in an unknown form')
  const touched = [...input.paths, ...(patch?.files ?? [])]
  if (touched.length === 0) unreadable(found, 'no path to write to')
  examinePaths(call, found, 'write', touched)
  if (patch !== null && patch.deletes > call.policy.files.deleteFilesMax) {
    found.violations.push(asks(7, 'DELETE_MANY', `a patch that deletes ${patch.deletes} files`))
  }
}

const examineDelete: Examiner = (call, found) => {
  const { input, policy } = call
  if (input.objection !== null) unreadable(found, input.objection)
  if (input.paths.length === 0) unreadable(found, 'no path to delete')
  examinePaths(call, found, 'delete', input.paths)
  const isMany = input.paths.length > policy.files.deleteFilesMax
  const isTree = input.isRecursive || input.paths.some((path) => path.endsWith('/') || /[*?[]/.test(path))
  if (isMany || isTree) found.violations.push(asks(7, 'DELETE_MANY', 'a tree or many files at once'))
}

const examineShell: Examiner = ({ policy, input, paths }, found) => {
  if (input.objection !== null) unreadable(found, input.objection)
  if (input.command === null) {
    unreadable(found, 'no command to run')
    return
  }
  if (paths.cwd !== paths.workspace) {
    found.violations.push(...judgePath(policy.files, 'list', paths.cwd, paths).violations)
  }
  const judged = judgeShell(policy, input.command, paths, unbashParser)
  found.plan = judged.plan
  found.words = judged.words
  found.names = judged.names
  found.violations.push(...judged.violations)
  for (const path of judged.paths) found.paths.add(path)
  for (const host of judged.hosts) found.hosts.add(host)
}

function examineUrls({ policy, input, paths }: Call, found: Examination): void {
  const names = [...found.names]
  for (const url of input.urls) {
    const { violations, host } = assessUrl(policy.network, url, { method: input.method ?? 'GET', facts: paths.resolved })
    found.violations.push(...violations)
    if (host !== null) {
      found.hosts.add(host)
      names.push(host)
    }
  }
  found.names = names
}

const examineRequest: Examiner = (call, found) => {
  if (call.input.objection !== null) unreadable(found, call.input.objection)
  if (call.input.urls.length === 0) unreadable(found, 'no URL to request')
  examineUrls(call, found)
}

/** Sending text to a running program is running something nobody has read. */
const examineProcess: Examiner = ({ input }, found) => {
  const action = input.names[input.names.indexOf('action') + 1] ?? ''
  if (input.objection !== null) unreadable(found, input.objection)
  else if (input.names.includes('action') && !/^(?:list|poll|log|kill|remove|clear|status)$/.test(action)) {
    found.violations.push(asks(7, 'PROCESS_INPUT', `the process action ${action.slice(0, 40)} is not listed`))
  }
}

/** Paths and URLs among the arguments of any other tool obey the same rules when they are there. */
const examineRest: Examiner = (call, found) => {
  if (call.rawInput !== null && call.rawInput !== undefined && call.input.objection !== null) {
    unreadable(found, call.input.objection)
  }
  examineUrls(call, found)
}

const examineMedia: Examiner = (call, found) => {
  examineRest(call, found)
  examinePaths(call, found, 'read', call.input.paths)
}

const EXAMINERS: Readonly<Record<string, Examiner>> = {
  'fs.read': examineRead,
  'media.read': examineMedia,
  'fs.write': examineWrite,
  'fs.delete': examineDelete,
  'shell.exec': examineShell,
  'net.fetch': examineRequest,
  'net.request': examineRequest,
  'process.control': examineProcess,
}

/** Step 8: secrets by value, and anything that points at production, make every call RED. */
function detect(policy: CompiledPolicy, tool: string | null, rawInput: unknown, found: Examination): void {
  const production = hitsProduction([...(tool === null ? [] : [tool]), ...found.names], policy.rules.productionNames)
  if (production !== null) found.violations.push(asks(8, 'PRODUCTION', `the call points at production: ${production}`))
  const text = rawInput === null || rawInput === undefined ? '' : JSON.stringify(rawInput)
  if (text.length > SCANNED_MAX) {
    // What is too long to scan is only judged by its parts; files may be long, commands are not.
    if (found.capability === 'shell.exec') found.violations.push(asks(8, 'SECRET_UNKNOWN', 'input too long to scan'))
    return
  }
  const [secret] = text === '' ? [] : detectSecrets(text)
  if (secret !== undefined) found.violations.push(asks(8, 'SECRET_IN_INPUT', `the input holds a secret (${secret.kind})`))
}

function factsOf(tool: string, { amounts }: ReadInput, found: Examination): ToolFacts {
  const clean = (texts: Iterable<string>) =>
    [...texts].slice(0, FACTS_MAX).map((text) => redactText(text).slice(0, FACT_LENGTH_MAX))
  return {
    tool: redactText(tool).slice(0, FACT_LENGTH_MAX),
    words: clean(found.words),
    paths: clean(found.paths),
    hosts: clean(found.hosts),
    amounts: amounts.slice(0, FACTS_MAX),
  }
}
