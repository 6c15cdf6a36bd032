import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EVENT_KINDS, type EventDraft } from '../model/event.ts'
import { emptyHead, GENESIS_HASH, type StoredLink } from '../model/seal.ts'
import type { JsonValue } from '../model/text.ts'
import { followChain, sealEach } from './chain.ts'
import { envelopeOf } from './envelope.ts'
import { canonicalJson, sha256Hex } from './hash.ts'

const PROJECT = 'prj_1'

const nullable = fc.option(fc.string({ maxLength: 8 }), { nil: null })
const anEvent: fc.Arbitrary<EventDraft> = fc.record({
  id: fc.uuid(),
  projectId: fc.constant(PROJECT),
  kind: fc.constantFrom(...EVENT_KINDS),
  subject: fc.string({ maxLength: 12 }),
  time: fc.nat(),
  actor: fc.record({
    kind: fc.constantFrom('AGENT' as const, 'HUMAN' as const, 'SYSTEM' as const),
    id: fc.string({ maxLength: 8 }),
    role: fc.constantFrom('ADMIN' as const, 'LEAD' as const),
    name: fc.string({ maxLength: 8 }),
    agentId: nullable,
  }),
  taskId: nullable,
  agentId: nullable,
  runId: nullable,
  summary: fc.string({ maxLength: 20 }),
  reason: nullable,
  data: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
  policyVersion: nullable,
  costMicros: fc.option(fc.integer(), { nil: null }),
  traceparent: nullable,
})

/** A log as it was sealed; no two of its events are equal. */
const aLog = fc
  .uniqueArray(anEvent, { minLength: 2, maxLength: 8, selector: ({ id }) => id })
  .map((events) => sealEach(events, []).map(({ seal, ...event }): StoredLink => ({ event, seal })))

const head = emptyHead(PROJECT)

/** The first place where two logs differ; none when one only ends earlier. */
function firstDifference(one: readonly StoredLink[], other: readonly StoredLink[]): number | null {
  const at = other.findIndex((link, n) => JSON.stringify(link) !== JSON.stringify(one[n]))
  return at === -1 ? null : at + 1
}

/** Changes one character of one string, or one digit of one number, anywhere in the link. */
function flipped(link: StoredLink, pick: number): StoredLink | null {
  const text = JSON.stringify(link)
  const places = [...text.matchAll(/[A-Za-z0-9 _.-]/g)].map(({ index }) => index)
  const at = places[pick % places.length] ?? 0
  const other = text[at] === '1' ? '2' : '1'
  try {
    const changed = JSON.parse(text.slice(0, at) + other + text.slice(at + 1)) as StoredLink
    return shapeOf(changed) === shapeOf(link) ? changed : null
  } catch {
    return null
  }
}

/** The columns of a store have their names; only what is in them can be changed. */
function shapeOf({ event, seal }: StoredLink): string {
  return [event, event?.actor, seal].map((part) => Object.keys(part ?? {}).join()).join(';')
}

describe('the chain', () => {
  test('is SHA-256 over the hash before and the envelope without its hash, from 64 zeros on', () => {
    fc.assert(
      fc.property(aLog, (log) => {
        let prevHash = GENESIS_HASH
        for (const [at, { event, seal }] of log.entries()) {
          const envelope = envelopeOf(event as EventDraft, { seq: at + 1, prevHash })
          const hash = sha256Hex(prevHash + canonicalJson(envelope as unknown as JsonValue))
          expect(seal).toEqual({ seq: at + 1, prevHash, hash })
          prevHash = hash
        }
        expect(followChain(head, log)).toMatchObject({ firstBad: null, head: { seq: log.length, hash: prevHash } })
      }),
    )
  })

  test('R-88: finds any changed byte at its number', () => {
    fc.assert(
      fc.property(aLog, fc.nat(), fc.nat(), (log, which, pick) => {
        const at = which % log.length
        const link = flipped(log[at] as StoredLink, pick)
        // Some digits of a fraction are beyond what a number can hold, and change nothing.
        fc.pre(link !== null && JSON.stringify(link) !== JSON.stringify(log[at]))
        const tampered = log.with(at, link as StoredLink)
        expect(followChain(head, tampered).firstBad?.seq).toBe(at + 1)
      }),
      { numRuns: 1_000 },
    )
  })

  test('R-88: finds what was taken out, put in, or put in another order, at the first such number', () => {
    fc.assert(
      fc.property(aLog, anEvent, fc.nat(), fc.nat(), (log, event, one, other) => {
        const [a, b] = [one % log.length, other % log.length]
        const [first, second] = [log[a] as StoredLink, log[b] as StoredLink]
        const tampered: readonly (readonly StoredLink[])[] = [
          log.toSpliced(a, 1),
          log.with(a, { event: null, seal: first.seal }),
          log.with(a, { event: first.event, seal: null }),
          log.toSpliced(a, 0, { event, seal: null }),
          log.toSpliced(a, 0, first),
          log.with(a, second).with(b, first),
          log.with(a, { event: second.event, seal: first.seal }).with(b, { event: first.event, seal: second.seal }),
        ]
        for (const links of tampered) {
          const due = firstDifference(log, links)
          // The end cut off, or two equal places exchanged: nothing contradicts what is left.
          expect(followChain(head, links).firstBad?.seq ?? null).toBe(due)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('numbers each log for itself', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anEvent, fc.constantFrom('a', 'b', null)), { maxLength: 12 }), (drawn) => {
        const sealed = sealEach(
          drawn.map(([event, projectId]) => ({ ...event, projectId })),
          [],
        )
        for (const log of ['a', 'b', null]) {
          const own = sealed.filter(({ projectId }) => projectId === log)
          expect(own.map(({ seal }) => seal.seq)).toEqual(own.map((_, at) => at + 1))
          const links = own.map(({ seal, ...event }) => ({ event, seal }))
          expect(followChain(emptyHead(log), links).firstBad).toBeNull()
          if (links.length > 0)
            expect(followChain(emptyHead('c'), links).firstBad).toEqual({ seq: 1, fault: 'CHANGED' })
        }
      }),
    )
  })
})
