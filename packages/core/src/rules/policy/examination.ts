import type { ExecutionPlan } from '../../model/execution-plan.ts'
import { redactText } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import type { ReadInput } from './inputs.ts'
import { type PathContext, pathContext } from './paths.ts'
import { literalWords } from './shell/judge.ts'
import type { ShellReading } from './shell/syntax.ts'
import { EMPTY, withEntry } from './short-list.ts'
import type { RiskLevel, ToolAssessment, ToolCall, ToolFacts, Violation } from './types.ts'

const FACTS_MAX = 200
const FACT_LENGTH_MAX = 500

/** A reason that makes a call RED and that an approval may lift. */
export function asks(step: number, code: string, detail: string): Violation {
  return { step, code, detail, verdict: 'NEEDS_APPROVAL', overridable: true }
}

/**
 * One call, read as far as its arguments go, and what it turned out to touch; in the end its assessment.
 *
 * One of these is made for every call. So its fields are only declared and then set by the constructor, because fields
 * that set themselves are set twice, and a method that makes its facts when they are asked for stands in for them:
 * redaction is the dearest part of a decision, and not every caller keeps a record.
 */
export class Examination implements ToolAssessment {
  declare readonly policy: CompiledPolicy
  declare readonly call: ToolCall
  /** The arguments, those of the inner call where it came in a wrapper. */
  declare readonly rawInput: unknown
  declare readonly input: ReadInput
  declare capability: string
  declare riskLevel: RiskLevel
  declare plan: ExecutionPlan | null
  declare violations: Violation[]
  /** May name one twice. */
  declare paths: string[]
  declare hosts: string[]
  /** A command line as it was read, for the words of the record. */
  declare reading: ShellReading | null
  /** Words that name something besides those in the arguments, for the production detector; null: all of the command. */
  declare names: string[] | null
  declare private placed: PathContext | null
  declare private told: ToolFacts | null

  constructor(policy: CompiledPolicy, call: ToolCall, rawInput: unknown, input: ReadInput, capability: string) {
    this.policy = policy
    this.call = call
    this.rawInput = rawInput
    this.input = input
    this.capability = capability
    // Until all of the call has been looked at and nothing is said against it.
    this.riskLevel = 'RED'
    this.plan = null
    this.violations = EMPTY
    this.paths = EMPTY
    this.hosts = EMPTY
    this.reading = null
    this.names = EMPTY
    this.placed = null
    this.told = null
  }

  /** Many calls touch no path, and need no place to start one from. */
  get context(): PathContext {
    this.placed ??= pathContext(this.call)
    return this.placed
  }

  get facts(): ToolFacts {
    this.told ??= this.tell()
    return this.told
  }

  object(violation: Violation): void {
    this.violations = withEntry(this.violations, violation)
  }

  objectAll(violations: readonly Violation[]): void {
    for (const violation of violations) this.object(violation)
  }

  addPath(path: string): void {
    this.paths = withEntry(this.paths, path)
  }

  addHost(host: string): void {
    this.hosts = withEntry(this.hosts, host)
  }

  addName(name: string): void {
    this.names = withEntry(this.names ?? EMPTY, name)
  }

  /** All words of a command line that could be read. */
  get words(): readonly string[] {
    return this.reading === null ? EMPTY : literalWords(this.reading)
  }

  private tell(): ToolFacts {
    return factsOf(this.call.tool, this.words, this.paths, this.hosts, this.input.amounts)
  }
}

/** What a record keeps of a call: nothing secret, nothing twice, and not too much. */
export function factsOf(
  tool: string,
  words: readonly string[],
  paths: readonly string[],
  hosts: readonly string[],
  amounts: readonly number[],
): ToolFacts {
  return {
    tool: redactText(tool).slice(0, FACT_LENGTH_MAX),
    words: cleaned(words),
    paths: cleaned(new Set(paths)),
    hosts: cleaned(new Set(hosts)),
    amounts: amounts.slice(0, FACTS_MAX),
  }
}

function cleaned(texts: Iterable<string>): readonly string[] {
  return [...texts].slice(0, FACTS_MAX).map((text) => redactText(text).slice(0, FACT_LENGTH_MAX))
}
