import type { EventDraft } from '../model/event.ts'
import { emptyHead, type LogHead, type Seal, type StoredLink } from '../model/seal.ts'
import type { JsonValue } from '../model/text.ts'
import { envelopeOf } from './envelope.ts'
import { canonicalJson, sha256Hex } from './hash.ts'

export type ChainFault =
  /** The event, its number or its hash is not what was sealed. */
  | 'CHANGED'
  /** There is a number, but no event. */
  | 'EVENT_MISSING'
  /** A number is left out. */
  | 'SEAL_MISSING'
  /** An event stands between sealed ones without having been sealed. */
  | 'INSERTED'
  /** The log ends before a place that was attested. */
  | 'CUT'
  /** The chain fits itself, but not what was attested. */
  | 'NOT_AS_ATTESTED'

/** The first place where a log is not what it was. */
export interface FirstBad {
  readonly seq: number
  readonly fault: ChainFault
}

/** The place of the next event of a log behind its head. */
function sealAfter(head: LogHead, event: EventDraft): Seal {
  const place = { seq: head.seq + 1, prevHash: head.hash }
  const text = canonicalJson(envelopeOf(event, place) as unknown as JsonValue)
  return { ...place, hash: sha256Hex(place.prevHash + text) }
}

/** Seals events of any number of logs, each behind the head of its log, in the order given. */
export function sealEach<E extends EventDraft>(
  events: readonly E[],
  heads: readonly LogHead[],
): (E & { seal: Seal })[] {
  const headOf = new Map(heads.map((head) => [head.projectId, head]))
  return events.map((event) => {
    const { projectId } = event
    const seal = sealAfter(headOf.get(projectId) ?? emptyHead(projectId), event)
    headOf.set(projectId, { projectId, seq: seal.seq, hash: seal.hash })
    return { ...event, seal }
  })
}

/** Follows a chain from a head that is known to be right; stops at the first place that is not. */
export function followChain(
  from: LogHead,
  links: readonly StoredLink[],
): { readonly head: LogHead; readonly firstBad: FirstBad | null } {
  let head = from
  for (const link of links) {
    const fault = faultOf(head, link)
    if (fault !== null) return { head, firstBad: { seq: head.seq + 1, fault } }
    head = { ...head, seq: head.seq + 1, hash: link.seal?.hash ?? head.hash }
  }
  return { head, firstBad: null }
}

function faultOf(head: LogHead, { event, seal }: StoredLink): ChainFault | null {
  if (seal === null) return 'INSERTED'
  if (seal.seq > head.seq + 1) return 'SEAL_MISSING'
  if (event === null) return 'EVENT_MISSING'
  if (event.projectId !== head.projectId) return 'CHANGED'
  return isSealOf(head, event, seal) ? null : 'CHANGED'
}

function isSealOf(head: LogHead, event: EventDraft, seal: Seal): boolean {
  try {
    const due = sealAfter(head, event)
    return seal.seq === due.seq && seal.prevHash === due.prevHash && seal.hash === due.hash
  } catch {
    // What has no canonical form (a number beyond all bounds, put there by hand) was never sealed.
    return false
  }
}

/** What a checkpoint signs. */
export function checkpointText(checkpoint: LogHead & { readonly at: number; readonly keyId: string }): string {
  const { projectId, seq, hash, at, keyId } = checkpoint
  return canonicalJson({ projectId, seq, hash, at, keyId })
}
