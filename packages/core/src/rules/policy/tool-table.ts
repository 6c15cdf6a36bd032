import { mayHoldName } from './production.ts'
import { isWrapper, normalizeToolName } from './tool-map.ts'
import type { RiskLevel, ToolAssessment } from './types.ts'

/** All that a policy says of one tool, whatever it is called with. */
export interface ToolSlot {
  /** In the form in which names are compared; null when it can be no name. */
  readonly name: string | null
  readonly isWrapper: boolean
  /** Undefined when the tool is not mapped. */
  readonly capability: string | undefined
  readonly riskLevel: RiskLevel
  /** Whether the name of the tool itself has to be looked at for production. */
  readonly mayNameProduction: boolean
  /** What its arguments are looked at for when there is but one of them. */
  readonly reach: Reach
  /** How a call without arguments was judged, where that depends on nothing else; null until there was one. */
  idle: ToolAssessment | null
}

/** Files that are read, written or deleted, hosts that are asked, or something else. */
export type Reach = 'read' | 'write' | 'delete' | 'request' | null

const REACHES: ReadonlyMap<string, Reach> = new Map([
  ['fs.read', 'read'],
  ['fs.write', 'write'],
  ['fs.delete', 'delete'],
  ['net.fetch', 'request'],
  ['net.request', 'request'],
])

/** More names than these are no tools of a squad, so they are looked up every time. */
const SLOTS_MAX = 1000
const NAME_LENGTH_MAX = 200

/** Tools by the names they are called by, so that a call costs one look-up. */
export class ToolTable {
  readonly #capabilities: ReadonlyMap<string, string>
  readonly #risks: ReadonlyMap<string, RiskLevel>
  readonly #slots = new Map<string, ToolSlot>()

  constructor(capabilities: ReadonlyMap<string, string>, risks: ReadonlyMap<string, RiskLevel>) {
    this.#capabilities = capabilities
    this.#risks = risks
  }

  /** The slot of a tool, its name as the caller wrote it. */
  slotOf(tool: string): ToolSlot {
    const known = this.#slots.get(tool)
    if (known !== undefined) return known
    const slot = this.slotOfName(normalizeToolName(tool))
    if (this.#slots.size < SLOTS_MAX && tool.length <= NAME_LENGTH_MAX) this.#slots.set(tool, slot)
    return slot
  }

  /** A slot of its own for a name in the form in which names are compared. */
  slotOfName(name: string | null): ToolSlot {
    const capability = name === null ? undefined : this.#capabilities.get(name)
    const riskLevel = (capability === undefined ? undefined : this.#risks.get(capability)) ?? 'RED'
    return {
      ...{ name, isWrapper: name !== null && isWrapper(name), capability, riskLevel },
      ...{ mayNameProduction: name !== null && mayHoldName(name), idle: null },
      reach: (capability === undefined ? undefined : REACHES.get(capability)) ?? null,
    }
  }
}
