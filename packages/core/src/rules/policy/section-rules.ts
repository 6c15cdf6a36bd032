import type {
  BudgetDefaultsSection,
  ExecutionSection,
  LoopsSection,
  PolicyRulesSection,
  PricesSection,
  RetentionSection,
  SpawnSection,
  ToolMapSection,
} from '../../model/policy.ts'
import type { FilesSection } from '../../model/policy-files.ts'
import type { NetworkSection } from '../../model/policy-network.ts'
import type { CommandProfile, ShellSection } from '../../model/policy-shell.ts'
import {
  both,
  common,
  commonEntries,
  either,
  firstOf,
  type SectionRules,
  smallest,
  specific,
  united,
} from './resolve.ts'
import { strictestRisk } from './risk.ts'

export const RULES_RESOLUTION: SectionRules<PolicyRulesSection> = {
  reviewToDoneRequiresHuman: either,
  reviewToDoneRequiresApproval: either,
  reviewerApprovalSuffices: both,
  caoApprovalRequired: either,
  leadMayDecide: both,
  internMayClaim: both,
  onDeny: firstOf(['BLOCK', 'RETURN']),
  onUnpriced: firstOf(['DENY', 'ASK', 'HOLD_WORST_CASE', 'ALLOW']),
  countImputed: either,
  maxReviewCycles: smallest,
  yellowTtlMs: smallest,
  redTtlMs: smallest,
  redQuorum: specific<1 | 2>((one, other) => Math.max(one, other) as 1 | 2),
  redRequiresSecondFactor: either,
  yellowRequiresTask: either,
  productionNames: united,
}

export const TOOL_MAP_RESOLUTION: SectionRules<ToolMapSection> = {
  names: commonEntries((one, other) => (one === other ? one : null)),
  risks: commonEntries(strictestRisk),
}

export const SHELL_RESOLUTION: SectionRules<ShellSection> = {
  // Two different profiles of one command have no obvious common part, so neither lists it.
  commands: commonEntries<CommandProfile>((one, other) => (JSON.stringify(one) === JSON.stringify(other) ? one : null)),
  deny: united,
  forbid: united,
  redirectsWriteFiles: both,
  lengthMax: smallest,
  commandsMax: smallest,
}

export const FILES_RESOLUTION: SectionRules<FilesSection> = {
  read: common<string>(),
  write: common<string>(),
  secretRead: united,
  readExceptions: common<string>(),
  denyRead: united,
  denyWrite: united,
  deleteFilesMax: smallest,
  tmpDir: specific<string>((one, other) => (one === other ? one : '/nowhere')),
}

export const NETWORK_RESOLUTION: SectionRules<NetworkSection> = {
  hosts: common<string>(),
  exactHostOnly: either,
  schemes: common<'http' | 'https'>(),
  ports: specific<'any' | number[]>((one, other) => {
    if (one === 'any') return other
    return other === 'any' ? one : one.filter((port) => other.includes(port))
  }),
  methodsAllow: common<string>(),
  methodsApprove: common<string>(),
  mode: firstOf(['allowlist', 'public'] as const),
  literalAddresses: common<string>(),
  maxRedirects: smallest,
}

type Caps = NonNullable<BudgetDefaultsSection['roles']>

/** Entries of both; where both have one, what `merge` makes of the two. */
function tightest<T extends object>(merge: (one: never, other: never) => unknown) {
  return specific<T>((one, other) => {
    const merged: Record<string, unknown> = Object.fromEntries(Object.entries(one))
    for (const [key, value] of Object.entries(other)) {
      merged[key] = key in merged ? merge(merged[key] as never, value as never) : value
    }
    return merged as T
  })
}

export const BUDGET_RESOLUTION: SectionRules<BudgetDefaultsSection> = {
  roles: tightest<Caps>((one: Caps[keyof Caps] & object, other: typeof one) => ({
    dailyMicros: Math.min(one.dailyMicros, other.dailyMicros),
    perRunMicros: Math.min(one.perRunMicros, other.perRunMicros),
  })),
  taskTypes: tightest<Record<string, number>>((one: number, other: number) => Math.min(one, other)),
}

type Price = NonNullable<PricesSection['fallback']>

function dearer(one: Price, other: Price): Price {
  return one.inputMicrosPerMillion + one.outputMicrosPerMillion >=
    other.inputMicrosPerMillion + other.outputMicrosPerMillion
    ? one
    : other
}

export const PRICES_RESOLUTION: SectionRules<PricesSection> = {
  models: specific((one, other) => [...one, ...other]),
  fallback: specific(dearer),
}

export const SPAWN_RESOLUTION: SectionRules<SpawnSection> = {
  activeAgentsMax: smallest,
  depthMax: smallest,
  ttlMs: smallest,
}

/** Fewer repeats and longer windows catch more. */
function tighterDetector<T extends object>() {
  return specific<T>((one, other) => {
    const merged: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(one)) {
      const counterpart = (other as Record<string, unknown>)[key]
      merged[key] = (key === 'windowMs' ? Math.max : Math.min)(Number(value), Number(counterpart))
    }
    return merged as T
  })
}

export const LOOPS_RESOLUTION: SectionRules<LoopsSection> = {
  commentStorm: tighterDetector(),
  reviewPingPong: tighterDetector(),
  backAndForth: tighterDetector(),
  toolFailure: tighterDetector(),
  runFailure: tighterDetector(),
  oscillation: tighterDetector(),
  noProgress: tighterDetector(),
}

export const EXECUTION_RESOLUTION: SectionRules<ExecutionSection> = {
  executors: commonEntries((one, other) => one.filter((kind) => other.includes(kind))),
  leaseMs: smallest,
  attemptsMax: smallest,
  unroutedAlertMs: smallest,
}

export const RETENTION_RESOLUTION: SectionRules<RetentionSection> = { previewDays: smallest }
