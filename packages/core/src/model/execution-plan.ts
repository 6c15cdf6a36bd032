import { z } from 'zod'

/** Longest stdin text that a plan may carry, in characters. */
const PLAN_STDIN_MAX = 10_000
const PLAN_WORDS_MAX = 2000
const PLAN_ITEMS_MAX = 200
/** Those of secret files and of denied ones together. */
const GLOBS_MAX = 10_000

const planInput = z.discriminatedUnion('from', [
  /** Nothing is readable: an empty input. */
  z.strictObject({ from: z.literal('nothing') }),
  /** What the previous command of the pipeline writes. */
  z.strictObject({ from: z.literal('pipe') }),
  z.strictObject({ from: z.literal('text'), text: z.string().max(PLAN_STDIN_MAX) }),
  z.strictObject({ from: z.literal('file'), path: z.string().min(1).max(4096) }),
])
export type PlanInput = z.infer<typeof planInput>

const planOutput = z.discriminatedUnion('to', [
  /** The ordinary output: the pipe to the next command, or what the tool call reports. */
  z.strictObject({ to: z.literal('stdout') }),
  /** The error output of the tool call. */
  z.strictObject({ to: z.literal('stderr') }),
  z.strictObject({ to: z.literal('nothing') }),
  /** Opened once even if stdout and stderr of a command name the same file. */
  z.strictObject({ to: z.literal('file'), path: z.string().min(1).max(4096), append: z.boolean() }),
])
export type PlanOutput = z.infer<typeof planOutput>

/** One program to start, directly and without a shell. */
export interface PlanCommand {
  readonly kind: 'command'
  /** Literal words. `argv[0]` is a bare name that the executor looks up in its own fixed PATH. */
  readonly argv: readonly string[]
  /**
   * Positions in `argv` that are path patterns (`*`, `?`, `[…]`). The executor expands them against `cwd`, drops what
   * the plan withholds, puts `./` before a result that starts with `-`, and passes the word as it is when nothing matches.
   */
  readonly patterns: readonly number[]
  /** Absolute folder to run in. */
  readonly cwd: string
  readonly stdin: PlanInput
  readonly stdout: PlanOutput
  readonly stderr: PlanOutput
}

/** Steps of a list: each runs depending on the exit status of the one before. */
export interface PlanList {
  readonly kind: 'list'
  readonly steps: readonly { readonly when: 'always' | 'success' | 'failure'; readonly run: PlanNode }[]
}

/** Commands joined by pipes; the exit status is that of the last. */
export interface PlanPipeline {
  readonly kind: 'pipeline'
  readonly commands: readonly PlanNode[]
}

/**
 * A change of folder that the plan has already worked into the `cwd` of later commands. The executor only proves that
 * the folder exists. Where it does not, this step fails, and so does each later command that would run in it.
 */
export interface PlanEnter {
  readonly kind: 'enter'
  readonly cwd: string
}

export type PlanNode = PlanCommand | PlanList | PlanPipeline | PlanEnter

const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.union([
    z.strictObject({
      kind: z.literal('command'),
      argv: z.array(z.string().max(10_000)).min(1).max(PLAN_WORDS_MAX),
      patterns: z.array(z.int().min(1)).max(PLAN_WORDS_MAX),
      cwd: z.string().startsWith('/').max(4096),
      stdin: planInput,
      stdout: planOutput,
      stderr: planOutput,
    }),
    z.strictObject({
      kind: z.literal('list'),
      steps: z
        .array(z.strictObject({ when: z.enum(['always', 'success', 'failure']), run: planNode }))
        .min(1)
        .max(PLAN_ITEMS_MAX),
    }),
    z.strictObject({ kind: z.literal('pipeline'), commands: z.array(planNode).min(1).max(PLAN_ITEMS_MAX) }),
    z.strictObject({ kind: z.literal('enter'), cwd: z.string().startsWith('/').max(4096) }),
  ]),
)

/** What an allowed shell call may run: a tree of literal commands in which no shell has anything left to interpret. */
export const executionPlan = z.strictObject({
  version: z.literal(1),
  root: planNode,
  /** Path globs of the policy that patterns must not expand to, and those that they may all the same. */
  withheld: z.strictObject({
    globs: z.array(z.string()).max(GLOBS_MAX),
    exceptions: z.array(z.string()).max(GLOBS_MAX),
  }),
})
export type ExecutionPlan = z.infer<typeof executionPlan>
