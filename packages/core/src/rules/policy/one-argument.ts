import { detectMarked, type FieldOpening, fieldText, marksOfField, mayHoldSecret, openingOf } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import { factsOf } from './examination.ts'
import { judgeTraits } from './file-access.ts'
import { assessUrl } from './network.ts'
import { isProven, isSurelyPlain, isTidy, type PathTraits, traitsOf } from './path-traits.ts'
import { pathContext } from './paths.ts'
import { isPlainPlace, LENGTH_MAX } from './plain-argument.ts'
import { mayHoldName } from './production.ts'
import { EMPTY } from './short-list.ts'
import type { ToolSlot } from './tool-table.ts'
import type { RiskLevel, ToolAssessment, ToolCall, ToolFacts, Violation } from './types.ts'

// Most calls of a squad hand over one plain path, one plain address, or nothing. What is looked at besides (other
// arguments, secrets, production) has then been proven not to be there, so that one question is left.

/** Arguments that are a path and nothing else, with how the record of such a call begins. */
const PATHS = new Map(
  ['path', 'file', 'file_path', 'filename', 'dir', 'directory', 'folder'].map((name) => [name, openingOf(name)]),
)
const URL_OPENING = openingOf('url')

/** Whether no detector finds a secret in a call with this argument alone. */
function holdsNoSecret(opening: FieldOpening, text: string): boolean {
  const marks = text.length > LENGTH_MAX ? null : marksOfField(opening, text)
  if (marks === null) return false
  return !mayHoldSecret(marks) || detectMarked(fieldText(opening, text), marks).length === 0
}

/** An assessment that knows its outcome; its facts are written when somebody reads them. */
export class PlainAssessment implements ToolAssessment {
  declare readonly capability: string
  declare readonly riskLevel: RiskLevel
  declare readonly violations: readonly Violation[]
  declare readonly plan: null
  declare private readonly tool: string
  declare private readonly path: string | null
  declare private readonly host: string | null

  constructor(
    tool: string,
    capability: string,
    riskLevel: RiskLevel,
    violations: readonly Violation[],
    path: string | null,
    host: string | null,
  ) {
    this.capability = capability
    this.riskLevel = riskLevel
    this.violations = violations
    this.plan = null
    this.tool = tool
    this.path = path
    this.host = host
  }

  get facts(): ToolFacts {
    const { path, host } = this
    return factsOf(this.tool, EMPTY, path === null ? EMPTY : [path], host === null ? EMPTY : [host], EMPTY)
  }
}

/** Judges a call by its only argument where that is proven to be plain; null where more has to be looked at. */
export function assessOne(
  policy: CompiledPolicy,
  call: ToolCall,
  slot: ToolSlot,
  name: string,
  text: string,
): ToolAssessment | null {
  if (slot.reach === null || slot.capability === undefined || call.resolved !== null) return null
  if (slot.reach === 'request') return name === 'url' ? assessAddress(policy, call, slot, text) : null
  const opening = PATHS.get(name)
  return opening === undefined ? null : assessPath(policy, call, slot, slot.reach, opening, text)
}

function assessPath(
  policy: CompiledPolicy,
  call: ToolCall,
  slot: ToolSlot,
  access: 'read' | 'write' | 'delete',
  opening: FieldOpening,
  text: string,
): ToolAssessment | null {
  const traits = traitsOf(text)
  if (!isProven(traits) || (access === 'delete' && !isOneFile(policy, traits))) return null
  if (!isSurelyPlain(traits) && !holdsNoSecret(opening, text)) return null
  const { path, violations, isSecret } = judgeTraits(policy.files, access, text, traits, pathContext(call))
  const isOther = isSecret && access === 'read'
  const capability = isOther ? 'secret.read' : (slot.capability ?? 'unknown')
  const usual = isOther ? (policy.risks.get(capability) ?? 'RED') : slot.riskLevel
  return new PlainAssessment(call.tool, capability, violations.length === 0 ? usual : 'RED', violations, path, null)
}

/** Of what is deleted, a slash at the end means more than one file, and one may be too many. */
function isOneFile({ files }: CompiledPolicy, traits: PathTraits): boolean {
  return isTidy(traits) && files.deleteFilesMax >= 1
}

function assessAddress(policy: CompiledPolicy, call: ToolCall, slot: ToolSlot, text: string): ToolAssessment | null {
  if (slot.mayNameProduction || policy.rules.productionNames.length > 0) return null
  if (!isPlainPlace(text) && !holdsNoSecret(URL_OPENING, text)) return null
  const { violations, host } = assessUrl(policy.network, text, GET)
  if (host !== null && mayHoldName(host)) return null
  const riskLevel = violations.length === 0 ? slot.riskLevel : 'RED'
  return new PlainAssessment(call.tool, slot.capability ?? 'unknown', riskLevel, violations, null, host)
}

const GET = { method: 'GET', facts: null }
