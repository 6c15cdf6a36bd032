import { z } from 'zod'
import { microsSchema } from './money.ts'
import { filesSection } from './policy-files.ts'
import { networkSection } from './policy-network.ts'
import { shellSection } from './policy-shell.ts'
import { AGENT_ROLES } from './principal.ts'

export const POLICY_SCOPE_TYPES = ['GLOBAL', 'PROJECT', 'TASK_TYPE', 'AGENT'] as const
/** How far a policy reaches, from the whole installation to one agent. */
export type PolicyScopeType = (typeof POLICY_SCOPE_TYPES)[number]

/** A level of precedence: that of a policy, or the defaults of a project, which lie between PROJECT and GLOBAL. */
export type PolicyLevel = PolicyScopeType | 'PROJECT_DEFAULTS'

const RISK_LEVELS = ['GREEN', 'YELLOW', 'RED'] as const

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const approvalTtlMs = z
  .int()
  .min(MINUTE_MS)
  .max(7 * DAY_MS)
const countMax = z.int().min(1).max(10_000)
const windowMs = z.int().min(1000).max(DAY_MS)

/** A field that may be left to a less specific policy. */
function inheritable<T extends z.ZodType>(schema: T) {
  return schema.nullable().default(null)
}

export const policyRules = z.strictObject({
  reviewToDoneRequiresHuman: inheritable(z.boolean()),
  reviewToDoneRequiresApproval: inheritable(z.boolean()),
  reviewerApprovalSuffices: inheritable(z.boolean()),
  caoApprovalRequired: inheritable(z.boolean()),
  leadMayDecide: inheritable(z.boolean()),
  internMayClaim: inheritable(z.boolean()),
  /** Where a task goes when its approval is denied. */
  onDeny: inheritable(z.enum(['BLOCK', 'RETURN'])),
  /** What a model without a price means. */
  onUnpriced: inheritable(z.enum(['ASK', 'DENY', 'HOLD_WORST_CASE', 'ALLOW'])),
  countImputed: inheritable(z.boolean()),
  maxReviewCycles: inheritable(z.int().min(1).max(20)),
  yellowTtlMs: inheritable(approvalTtlMs),
  redTtlMs: inheritable(approvalTtlMs),
  redQuorum: inheritable(z.union([z.literal(1), z.literal(2)])),
  redRequiresSecondFactor: inheritable(z.boolean()),
  /** A YELLOW call that names no task needs an approval. */
  yellowRequiresTask: inheritable(z.boolean()),
  /** Further words that mean production, besides prod, production and live. */
  productionNames: inheritable(z.array(z.string().min(1).max(100)).max(200)),
})
export type PolicyRulesSection = z.infer<typeof policyRules>

const TOOL_NAMES_MAX = 2000
const CAPABILITY = /^[a-z][a-z0-9]*(?:[._][a-z0-9]+)*$/
const toolName = z.string().min(1).max(200)
/** A dotted lower-case word such as `fs.read`. */
const capabilitySchema = z.string().max(100).regex(CAPABILITY, 'must look like fs.read')

/** Which names mean which capability, and how risky each capability is. A name or capability that is missing is RED. */
export const toolMapSection = z.strictObject({
  names: inheritable(
    z
      .record(toolName, capabilitySchema)
      .refine((names) => Object.keys(names).length <= TOOL_NAMES_MAX, { error: `at most ${TOOL_NAMES_MAX} names` }),
  ),
  risks: inheritable(z.record(capabilitySchema, z.enum(RISK_LEVELS))),
})
export type ToolMapSection = z.infer<typeof toolMapSection>

const caps = z.strictObject({ dailyMicros: microsSchema, perRunMicros: microsSchema })
const budgetDefaultsSection = z.strictObject({
  roles: inheritable(z.partialRecord(z.enum([...AGENT_ROLES, 'CAO']), caps)),
  /** Cap of one task by its type. */
  taskTypes: inheritable(z.record(z.string().min(1).max(60), microsSchema)),
})

const tokenPrice = z.strictObject({
  inputMicrosPerMillion: microsSchema,
  outputMicrosPerMillion: microsSchema,
  cacheReadMicrosPerMillion: microsSchema.nullable().default(null),
  cacheWriteMicrosPerMillion: microsSchema.nullable().default(null),
})
const pricesSection = z.strictObject({
  models: inheritable(
    z.array(tokenPrice.extend({ provider: z.string().min(1).max(100), model: z.string().min(1).max(200) })).max(1000),
  ),
  /** Price assumed when tokens are known and the model is not; null leaves it unpriced. */
  fallback: inheritable(tokenPrice),
})

const spawnSection = z.strictObject({
  activeAgentsMax: inheritable(z.int().min(1).max(10_000)),
  depthMax: inheritable(z.int().min(0).max(10)),
  ttlMs: inheritable(
    z
      .int()
      .min(MINUTE_MS)
      .max(30 * DAY_MS),
  ),
})

const loopsSection = z.strictObject({
  commentStorm: inheritable(z.strictObject({ messagesMax: countMax, windowMs })),
  reviewPingPong: inheritable(z.strictObject({ changeRequests: countMax })),
  backAndForth: inheritable(z.strictObject({ alternationsMax: countMax, windowMs })),
  toolFailure: inheritable(z.strictObject({ failures: countMax, windowMs })),
  runFailure: inheritable(z.strictObject({ failures: countMax, ofLastRuns: countMax })),
  oscillation: inheritable(z.strictObject({ transitions: countMax, edgeRepeats: countMax, windowMs })),
  noProgress: inheritable(z.strictObject({ repeats: countMax })),
})

const executorKind = z.enum(['CURSOR', 'CLAUDE_CODE', 'OPENCLAW_AGENT'])
const executionSection = z.strictObject({
  /** Executors per request type in order of preference; `*` for every other type. */
  executors: inheritable(z.record(z.string().min(1).max(60), z.array(executorKind).max(3))),
  leaseMs: inheritable(z.int().min(1000).max(DAY_MS)),
  attemptsMax: inheritable(z.int().min(1).max(20)),
  unroutedAlertMs: inheritable(
    z
      .int()
      .min(MINUTE_MS)
      .max(7 * DAY_MS),
  ),
})

const retentionSection = z.strictObject({ previewDays: inheritable(z.int().min(1).max(3650)) })

/** Everything one policy version may say. A section or field that is null inherits. */
export const policyContent = z.strictObject({
  rules: inheritable(policyRules),
  toolMap: inheritable(toolMapSection),
  shell: inheritable(shellSection),
  files: inheritable(filesSection),
  network: inheritable(networkSection),
  budgetDefaults: inheritable(budgetDefaultsSection),
  prices: inheritable(pricesSection),
  spawn: inheritable(spawnSection),
  loops: inheritable(loopsSection),
  execution: inheritable(executionSection),
  retention: inheritable(retentionSection),
})
export type PolicyContent = z.infer<typeof policyContent>

export type BudgetDefaultsSection = z.infer<typeof budgetDefaultsSection>
export type PricesSection = z.infer<typeof pricesSection>
export type SpawnSection = z.infer<typeof spawnSection>
export type LoopsSection = z.infer<typeof loopsSection>
export type ExecutionSection = z.infer<typeof executionSection>
export type RetentionSection = z.infer<typeof retentionSection>

/** A section after resolution: every field has a value. */
export type Resolved<T> = { readonly [K in keyof T]: NonNullable<T[K]> }
export type PolicyRules = Resolved<PolicyRulesSection>
export type ToolMap = Resolved<ToolMapSection>
export type BudgetDefaults = Resolved<BudgetDefaultsSection>
export type PolicyPrices = {
  readonly models: NonNullable<PricesSection['models']>
  readonly fallback: PricesSection['fallback']
}
export type SpawnLimits = Resolved<SpawnSection>
export type LoopLimits = Resolved<LoopsSection>
export type ExecutionRules = Resolved<ExecutionSection>
export type RetentionRules = Resolved<RetentionSection>
