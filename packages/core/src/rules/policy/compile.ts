import type {
  BudgetDefaults,
  ExecutionRules,
  LoopLimits,
  PolicyContent,
  PolicyPrices,
  PolicyRules,
  Resolved,
  RetentionRules,
  SpawnLimits,
  ToolMap,
} from '../../model/policy.ts'
import type { CommandProfile, ShellSection } from '../../model/policy-shell.ts'
import { BUILT_IN_SECTIONS } from './defaults.ts'
import { type CompiledFiles, compileFiles } from './file-access.ts'
import { type CompiledNetwork, compileNetwork } from './network.ts'
import { levelsOf, type PolicyLayer, resolveSection, type SectionRules, SPECIFICITY } from './resolve.ts'
import {
  BUDGET_RESOLUTION,
  EXECUTION_RESOLUTION,
  FILES_RESOLUTION,
  LOOPS_RESOLUTION,
  NETWORK_RESOLUTION,
  PRICES_RESOLUTION,
  RETENTION_RESOLUTION,
  RULES_RESOLUTION,
  SHELL_RESOLUTION,
  SPAWN_RESOLUTION,
  TOOL_MAP_RESOLUTION,
} from './section-rules.ts'
import { mayBeDenied } from './shell/hard-deny.ts'
import { normalizeToolName } from './tool-map.ts'
import { ToolTable } from './tool-table.ts'
import type { RiskLevel } from './types.ts'

export type { PolicyLayer } from './resolve.ts'

export interface CompiledShell {
  readonly profiles: ReadonlyMap<string, CommandProfile>
  /** Listed commands that no hard rule or deny list could object to. */
  readonly quiet: ReadonlySet<string>
  /** Commands that are RED though listed, as words. */
  readonly deny: readonly (readonly string[])[]
  /** The same with those that are RED under every policy. */
  readonly risky: readonly (readonly string[])[]
  /** Commands that are denied without override, as words. */
  readonly forbid: readonly (readonly string[])[]
  readonly redirectsWriteFiles: boolean
  readonly lengthMax: number
  readonly commandsMax: number
}

/** The policies in force for one act, resolved and made ready. Compile once, evaluate often. */
export interface CompiledPolicy {
  /** `name@versionNo` of every policy applied, the broadest first: `base@3+team@1`. */
  readonly version: string
  /** What it was made of, in no order. */
  readonly layers: readonly PolicyLayer[]
  readonly rules: PolicyRules
  /** Normalised tool name to capability. */
  readonly capabilities: ReadonlyMap<string, string>
  readonly risks: ReadonlyMap<string, RiskLevel>
  /** What both say of each tool. */
  readonly tools: ToolTable
  readonly shell: CompiledShell
  readonly files: CompiledFiles
  readonly network: CompiledNetwork
  readonly budgetDefaults: BudgetDefaults
  readonly prices: PolicyPrices
  readonly spawn: SpawnLimits
  readonly loops: LoopLimits
  readonly execution: ExecutionRules
  readonly retention: RetentionRules
}

type SectionName = keyof PolicyContent
type Section<N extends SectionName> = NonNullable<PolicyContent[N]>

/** Every section with every field decided. */
export type ResolvedPolicy = { readonly [N in SectionName]: Resolved<Section<N>> }

/**
 * Resolves the active policies of all levels that apply to one act. Deny lists are united; any other field comes from
 * the most specific policy that has it, and among equals from the strictest.
 */
export function resolvePolicy(layers: readonly PolicyLayer[]): ResolvedPolicy {
  const levels = levelsOf(layers)
  const section = <N extends SectionName>(name: N, rules: SectionRules<Section<N>>): Resolved<Section<N>> =>
    resolveSection<Section<N>>(
      levels.map((level) => level.map((content) => content[name] as Section<N> | null)),
      rules,
      BUILT_IN_SECTIONS[name] as Resolved<Section<N>>,
    )
  return {
    rules: section('rules', RULES_RESOLUTION),
    toolMap: section('toolMap', TOOL_MAP_RESOLUTION),
    shell: section('shell', SHELL_RESOLUTION),
    files: section('files', FILES_RESOLUTION),
    network: section('network', NETWORK_RESOLUTION),
    budgetDefaults: section('budgetDefaults', BUDGET_RESOLUTION),
    prices: section('prices', PRICES_RESOLUTION),
    spawn: section('spawn', SPAWN_RESOLUTION),
    loops: section('loops', LOOPS_RESOLUTION),
    execution: section('execution', EXECUTION_RESOLUTION),
    retention: section('retention', RETENTION_RESOLUTION),
  }
}

/** Resolves and compiles policies that are in force together. Done once per set of versions; evaluating is cheap. */
export function compilePolicy(layers: readonly PolicyLayer[]): CompiledPolicy {
  const { toolMap, shell, files, network, ...rest } = resolvePolicy(layers)
  const capabilities = compileNames(toolMap)
  const risks = new Map(Object.entries(toolMap.risks))
  return {
    ...rest,
    version: versionOf(layers),
    layers,
    capabilities,
    risks,
    tools: new ToolTable(capabilities, risks),
    shell: compileShell(shell),
    files: compileFiles(files),
    network: compileNetwork(network),
  }
}

/** What decisions under these policies record: the broadest first. */
export function versionOf(layers: readonly Omit<PolicyLayer, 'content'>[]): string {
  const names = layers.map(({ scopeType, name, versionNo }) => ({
    breadth: -SPECIFICITY[scopeType],
    text: `${name}@${versionNo}`,
  }))
  names.sort((one, other) => one.breadth - other.breadth || (one.text < other.text ? -1 : 1))
  return names.map(({ text }) => text).join('+')
}

function compileNames({ names }: ToolMap): ReadonlyMap<string, string> {
  const capabilities = new Map<string, string>()
  for (const [name, capability] of Object.entries(names)) {
    const normal = normalizeToolName(name)
    if (normal !== null) capabilities.set(normal, capability)
  }
  return capabilities
}

/** Commands that are RED even where a policy lists them. */
const RISKY = ['chown', 'kill', 'pkill', 'killall', 'rm -rf', 'rm -fr']

function compileShell(section: Resolved<ShellSection>): CompiledShell {
  const words = (pattern: string) => pattern.split(' ')
  const deny = section.deny.map(words)
  const forbid = section.forbid.map(words)
  // What always asks is looked at closely as well.
  const watched = [...deny, ...forbid]
  return {
    profiles: new Map(Object.entries(section.commands)),
    quiet: new Set(Object.keys(section.commands).filter((name) => !mayBeDenied(name, watched))),
    deny,
    risky: [...RISKY.map(words), ...deny],
    forbid,
    redirectsWriteFiles: section.redirectsWriteFiles,
    lengthMax: section.lengthMax,
    commandsMax: section.commandsMax,
  }
}
