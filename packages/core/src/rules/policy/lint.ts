import { type PolicyContent, type PolicyLevel, policyContent } from '../../model/policy.ts'
import type { ArgumentKind, CommandProfile } from '../../model/policy-shell.ts'
import { BUILT_IN_SECTIONS } from './defaults.ts'
import { GlobSet } from './glob-set.ts'
import { isListableHost } from './network.ts'
import { compareRisk } from './risk.ts'
import { normalizeToolName } from './tool-map.ts'
import type { RiskLevel } from './types.ts'

/** One thing wrong with a policy. Errors block activation; warnings have to be acknowledged. */
export interface LintFinding {
  readonly level: 'ERROR' | 'WARNING'
  readonly code: string
  readonly path: string
  readonly message: string
}

/** What the policy is measured against. */
export interface LintContext {
  readonly scopeType: PolicyLevel
  /** What holds without this policy, the nearest broader one first. */
  readonly broader: readonly PolicyContent[]
}

type Rule = (content: PolicyContent, report: Report, context: LintContext) => void
type Report = (level: LintFinding['level'], code: string, path: string, message: string) => void

/** Programs that run whatever they are given. */
const INTERPRETERS =
  /^(?:ba|da|z|k|fi|c|tc|a)?sh$|^(?:node|nodejs|deno|bun|python[0-9.]*|perl|ruby|php|lua|osascript|pwsh|tclsh|env|xargs|eval|exec)$/
const TEXT_KINDS: ReadonlySet<ArgumentKind> = new Set<ArgumentKind>([
  'free',
  'name',
  'read',
  'list',
  'scriptArgument',
  'testPath',
])
const INLINE_CODE = /^-(?:c|e|p|r|i|x|-eval|-print|-require|-import|-loader)$/

const NOT_MEASURED: LintContext = { scopeType: 'GLOBAL', broader: [] }

/** Checks a policy before it may be activated. */
export function lintPolicy(content: PolicyContent, context: LintContext = NOT_MEASURED): readonly LintFinding[] {
  const findings: LintFinding[] = []
  const report: Report = (level, code, path, message) => findings.push({ level, code, path, message })
  const parsed = policyContent.safeParse(content)
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) report('ERROR', 'UNREADABLE', path.join('.'), message)
    return findings
  }
  for (const rule of RULES) rule(content, report, context)
  return findings
}

const loweredRisks: Rule = ({ toolMap }, report, { scopeType, broader }) => {
  for (const [capability, risk] of Object.entries(toolMap?.risks ?? {})) {
    const path = `toolMap.risks.${capability}`
    const builtIn = (BUILT_IN_SECTIONS.toolMap.risks as Readonly<Record<string, RiskLevel>>)[capability]
    if (builtIn === 'RED' && risk === 'GREEN') {
      report('ERROR', 'RED_TO_GREEN', path, `${capability} is RED by default and cannot be GREEN`)
    }
    const outer = broader.map((content) => content.toolMap?.risks?.[capability]).find((level) => level !== undefined)
    if (scopeType !== 'GLOBAL' && outer !== undefined && compareRisk(risk, outer) < 0) {
      report('WARNING', 'NARROWER_LOWERS_RISK', path, `${capability} is ${outer} in a broader policy and ${risk} here`)
    }
  }
}

const unknownCapabilities: Rule = ({ toolMap }, report) => {
  const risks = toolMap?.risks ?? BUILT_IN_SECTIONS.toolMap.risks
  const used = new Set(Object.values(toolMap?.names ?? BUILT_IN_SECTIONS.toolMap.names))
  for (const [name, capability] of Object.entries(toolMap?.names ?? {})) {
    const path = `toolMap.names.${name}`
    if (normalizeToolName(name) === null) report('ERROR', 'UNREADABLE', path, 'can never be the name of a tool')
    if (!Object.hasOwn(risks, capability))
      report('WARNING', 'UNUSED', path, `${capability} has no risk, so it stays RED`)
    const builtIn = (BUILT_IN_SECTIONS.toolMap.names as Readonly<Record<string, string>>)[normalizeToolName(name) ?? '']
    const levels = BUILT_IN_SECTIONS.toolMap.risks as Readonly<Record<string, RiskLevel>>
    const own = (risks as Readonly<Record<string, RiskLevel>>)[capability]
    if (builtIn !== undefined && levels[builtIn] === 'RED' && own === 'GREEN') {
      report('ERROR', 'RED_TO_GREEN', path, `${name} is RED by default and cannot be GREEN`)
    }
  }
  for (const capability of Object.keys(toolMap?.risks ?? {})) {
    const isKnown = Object.hasOwn(BUILT_IN_SECTIONS.toolMap.risks, capability) || used.has(capability)
    if (!isKnown) report('WARNING', 'UNUSED', `toolMap.risks.${capability}`, 'no tool has this capability')
  }
}

const interpreters: Rule = ({ shell }, report) => {
  for (const [name, profile] of Object.entries(shell?.commands ?? {})) {
    const path = `shell.commands.${name}`
    if (INTERPRETERS.test(name) && isUnrestricted(profile)) {
      report('ERROR', 'UNRESTRICTED_INTERPRETER', path, `${name} may run code that nobody has listed`)
    }
    checkProfile(path, profile, report)
  }
}

/** Whether an interpreter may be given code, or files outside its listed scripts. */
function isUnrestricted(profile: CommandProfile): boolean {
  const inline = [...profile.flags, ...Object.keys(profile.valueFlags), ...Object.keys(profile.optionalFlags)]
  if (inline.some((flag) => INLINE_CODE.test(flag))) return true
  if (profile.expression !== null) return true
  const operands = [...profile.operands, ...(profile.rest === null ? [] : [profile.rest])]
  return profile.subcommands === null && operands.some((rule) => typeof rule === 'string' && TEXT_KINDS.has(rule))
}

function checkProfile(path: string, profile: CommandProfile, report: Report): void {
  const rules = [...profile.operands, profile.rest, ...Object.values(profile.valueFlags)]
  if (rules.includes('script') && profile.scripts.length === 0) {
    report('WARNING', 'EMPTY_LIST', `${path}.scripts`, 'no script can ever match')
  }
  if (profile.scripts.some((glob) => isEverything(glob))) {
    report('ERROR', 'EVERY_PATH', `${path}.scripts`, 'every file would be a script to run')
  }
  for (const [name, inner] of Object.entries(profile.subcommands ?? {})) {
    if (name === '*') report('ERROR', 'EVERY_COMMAND', `${path}.subcommands`, 'every sub-command would be listed')
    checkProfile(`${path}.subcommands.${name}`, inner, report)
  }
}

/** `**` is the whole workspace; these are more than that. */
const EVERYTHING = new Set(['*', '/', '/*', '/**', '**/*', '**/**', '~', '~/*', '~/**', '../**', '../*'])

function isEverything(glob: string): boolean {
  return EVERYTHING.has(glob) || glob === '**'
}

const files: Rule = ({ files: section }, report) => {
  if (section === null) return
  for (const list of ['read', 'write', 'readExceptions'] as const) {
    for (const glob of section[list] ?? []) {
      const isWorkspace = glob === '**' && list === 'read'
      if (isEverything(glob) && !isWorkspace) report('ERROR', 'EVERY_PATH', `files.${list}`, `${glob} lists every path`)
    }
  }
  for (const list of ['read', 'write', 'secretRead', 'readExceptions', 'denyRead', 'denyWrite'] as const) {
    for (const glob of section[list] ?? []) {
      if (!compiles(glob)) report('ERROR', 'UNREADABLE', `files.${list}`, `${glob} is no glob`)
    }
  }
}

function compiles(glob: string): boolean {
  try {
    return new GlobSet([glob], { isDeny: true, tmpDir: '/tmp' }).globs.length === 1
  } catch {
    return false
  }
}

const network: Rule = ({ network: section }, report) => {
  for (const host of section?.hosts ?? []) {
    if (host === '*' || host === '*.*') report('ERROR', 'EVERY_HOST', 'network.hosts', `${host} lists every host`)
    else if (!isListableHost(host)) report('ERROR', 'UNREADABLE', 'network.hosts', `${host} lists nothing`)
  }
  if (section?.mode === 'public') report('WARNING', 'EVERY_PUBLIC_HOST', 'network.mode', 'every public host is listed')
}

const quorum: Rule = ({ rules }, report) => {
  if (rules?.redQuorum === 1)
    report('WARNING', 'QUORUM_OF_ONE', 'rules.redQuorum', 'one person decides RED calls alone')
}

/** Lists whose emptiness stops all work of a kind, which is allowed but rarely meant. */
const emptyLists: Rule = (content, report) => {
  const lists: readonly (readonly [string, object | null | undefined])[] = [
    ['toolMap.names', content.toolMap?.names],
    ['toolMap.risks', content.toolMap?.risks],
    ['shell.commands', content.shell?.commands],
    ['files.read', content.files?.read],
    ['files.write', content.files?.write],
    ['network.hosts', content.network?.hosts],
    ['network.methodsAllow', content.network?.methodsAllow],
  ]
  for (const [path, list] of lists) {
    if (list !== null && list !== undefined && Object.keys(list).length === 0) {
      report('WARNING', 'EMPTY_LIST', path, 'the list is empty, so nothing is listed')
    }
  }
}

/** Entries that another entry makes pointless. */
const unusedEntries: Rule = ({ shell, files: section }, report) => {
  for (const pattern of shell?.deny ?? []) {
    if (shell?.forbid?.includes(pattern) === true) {
      report('WARNING', 'UNUSED', 'shell.deny', `${pattern} is forbidden already`)
    }
  }
  if (section?.readExceptions?.length && !section.secretRead?.length && !section.denyRead?.length) {
    report('WARNING', 'UNUSED', 'files.readExceptions', 'there is nothing they are exceptions of')
  }
  for (const list of ['read', 'write', 'secretRead', 'denyRead', 'denyWrite'] as const) {
    const globs = section?.[list] ?? []
    const repeated = globs.find((glob, at) => globs.indexOf(glob) !== at)
    if (repeated !== undefined) report('WARNING', 'UNUSED', `files.${list}`, `${repeated} is listed twice`)
  }
}

const RULES: readonly Rule[] = [
  loweredRisks,
  unknownCapabilities,
  interpreters,
  files,
  network,
  quorum,
  emptyLists,
  unusedEntries,
]
