import { isDeepStrictEqual } from 'node:util'
import { verifyStore } from '@mission-control/core'
import { KINDS, type Kind, PAGE_ROWS_MAX, type StoredEvent, type StoredLink } from '@mission-control/core/storage'
import type { World } from './world.ts'

/** The end of a seed: the store, its log and its chain against what was seen commit by commit. */
export async function compareStore(world: World): Promise<void> {
  for (const kind of KINDS) await compareKind(world, kind)
  const events = await wholeLog(world)
  compareLog(world, events)
  await compareChains(world, events)
  await verifyWhole(world)
}

async function compareKind(world: World, kind: Kind): Promise<void> {
  const { mirror, storage } = world
  const expected = mirror.table(kind)
  let after: readonly (string | number | boolean | null)[] | null = null
  let found = 0
  do {
    const page: Awaited<ReturnType<typeof storage.queries.page<Kind>>> = await storage.queries.page({
      kind,
      limit: PAGE_ROWS_MAX,
      order: [{ field: 'createdAt', direction: 'asc' }],
      ...(after === null ? {} : { after }),
    })
    for (const row of page.rows) {
      found++
      const known = expected.get(row.id)
      if (known === undefined) world.violate('I21', `${kind} ${row.id} is stored and was never written`)
      else if (known.version !== row.version || !isDeepStrictEqual(known, row)) {
        world.violate('I21', `${kind} ${row.id} is stored otherwise than it was written`)
      }
    }
    after = page.next
  } while (after !== null)
  if (found !== expected.size) world.violate('I1', `${expected.size - found} of ${kind} are missing`)
}

async function wholeLog({ storage }: World): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  let after: string | null = null
  for (;;) {
    const page: Awaited<ReturnType<typeof storage.readEvents>> = await storage.readEvents({
      after,
      limit: PAGE_ROWS_MAX,
    })
    events.push(...page.events)
    after = page.cursor
    if (page.events.length < PAGE_ROWS_MAX) return events
  }
}

/** I20, I26: each event once, in the order of the commits, for whoever read along too. */
function compareLog(world: World, events: readonly StoredEvent[]): void {
  const written = world.mirror.events
  if (events.length !== written.length)
    world.violate('I20', `the log has ${events.length} events, not ${written.length}`)
  const at = events.findIndex(({ id }, place) => id !== written[place]?.id)
  if (at >= 0) world.violate('I20', `the log differs from what was committed at its event ${at + 1}`)
  const read = world.readSoFar
  const missed = read.findIndex((id, place) => id !== written[place]?.id)
  if (missed >= 0) world.violate('I26', `a reader that went on from its cursor saw another event ${missed + 1}`)
}

/** What `verify` says of the store at rest: the same checks that everybody can run on theirs. */
async function verifyWhole(world: World): Promise<void> {
  const { violations } = await verifyStore(world.storage)
  for (const { invariant, subject, problem } of violations) world.violate(invariant, `${subject} ${problem}`)
}

/** I20, I22: sealed, each log is numbered from 1 without a gap, each event hangs on the one before, and core agrees. */
async function compareChains(world: World, events: readonly StoredEvent[]): Promise<void> {
  const host = world.freshHost()
  for (const projectId of new Set(events.map((event) => event.projectId))) {
    const verified = await host.undisturbed(() => host.mc.record.verify({ projectId }))
    if (!verified.isIntact)
      world.violate('I22', `the chain of ${projectId} is broken: ${JSON.stringify(verified.firstBad)}`)
    const own = events.filter((event) => event.projectId === projectId)
    const links: StoredLink[] = []
    while (links.length < own.length) {
      const page = await world.storage.queries.chain({ projectId, afterSeq: links.length, limit: PAGE_ROWS_MAX })
      links.push(...page)
      if (page.length === 0) break
    }
    if (links.length !== own.length) world.violate('I20', `${links.length} of ${own.length} events are sealed`)
    let hash = '0'.repeat(64)
    for (const [at, { event, seal }] of links.entries()) {
      const isNext = seal !== null && seal.seq === at + 1 && seal.prevHash === hash && event?.id === own[at]?.id
      if (!isNext) return world.violate('I20', `link ${at + 1} of ${projectId} does not hang on the one before`)
      hash = seal.hash
    }
  }
}
