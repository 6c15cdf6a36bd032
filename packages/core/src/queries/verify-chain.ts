import type { LogHead } from '../model/seal.ts'
import { PAGE_ROWS_MAX, type StorageQueries } from '../ports/storage.ts'
import { type FirstBad, followChain } from '../rules/chain.ts'

/** A head that somebody kept elsewhere. One that is not genuine proves nothing about the log. */
export interface Attested extends LogHead {
  readonly isGenuine: boolean
}

/** What became of checking one log. */
export interface Verified {
  /** True when every sealed event is what it was and nothing attested is missing. */
  readonly isIntact: boolean
  /** The first number that is not as it was; null when intact. */
  readonly firstBad: FirstBad | null
  /** How far the chain holds. */
  readonly head: LogHead
  /** False: there is more behind the head than one call looks at. Go on from there. */
  readonly isComplete: boolean
  /** Checkpoints that nobody with the key has signed. They are counted, and the log is not intact with one. */
  readonly forgedCheckpoints: number
}

/** Follows one chain from a head to its end and compares it with what was attested on the way. */
export async function verifyChain(
  queries: Pick<StorageQueries, 'chain'>,
  from: LogHead,
  attested: readonly Attested[] = [],
  eventsMax: number = Number.MAX_SAFE_INTEGER,
): Promise<Verified> {
  const genuine = attested.filter(({ isGenuine, seq }) => isGenuine && seq > from.seq).sort((a, b) => a.seq - b.seq)
  const forgedCheckpoints = attested.filter(({ isGenuine }) => !isGenuine).length
  const ended = (head: LogHead, firstBad: FirstBad | null, isComplete = true): Verified => {
    return { isIntact: firstBad === null && forgedCheckpoints === 0, firstBad, head, isComplete, forgedCheckpoints }
  }
  let head = from
  for (;;) {
    const links = await queries.chain({ projectId: head.projectId, afterSeq: head.seq, limit: PAGE_ROWS_MAX })
    const before = head.seq
    const followed = followChain(head, links)
    const contradicted = genuine.find(({ seq, hash }) => seq > before && differs(links, seq, hash))
    const firstBad = followed.firstBad
    // A chain that was computed anew fits itself; what gives it away is that it is not the one that was signed.
    if (contradicted !== undefined && (firstBad === null || contradicted.seq < firstBad.seq)) {
      return ended(followed.head, { seq: contradicted.seq, fault: 'NOT_AS_ATTESTED' })
    }
    head = followed.head
    if (firstBad !== null) return ended(head, firstBad)
    if (links.filter(({ seal }) => seal !== null).length < PAGE_ROWS_MAX) break
    if (head.seq - from.seq >= eventsMax) return ended(head, null, false)
  }
  const isCut = genuine.some(({ seq }) => seq > head.seq)
  return ended(head, isCut ? { seq: head.seq + 1, fault: 'CUT' } : null)
}

function differs(links: Awaited<ReturnType<StorageQueries['chain']>>, seq: number, hash: string): boolean {
  return links.some(({ seal }) => seal !== null && seal.seq === seq && seal.hash !== hash)
}
