import { expect, test } from 'vitest'
import type { EventDraft } from '../model/event.ts'
import { emptyHead, type StoredLink } from '../model/seal.ts'
import { sealEach } from '../rules/chain.ts'
import { verifyChain } from './verify-chain.ts'

const PROJECT = 'prj_1'
const ACTOR = { kind: 'SYSTEM', id: 'system', role: 'SYSTEM', name: 'System', agentId: null } as const

function event(at: number): EventDraft {
  return {
    id: `evt_${at}`,
    projectId: PROJECT,
    kind: 'TASK_UPDATED',
    subject: `task/tsk_${at}`,
    time: at,
    actor: ACTOR,
    taskId: null,
    agentId: null,
    runId: null,
    summary: 'x',
    reason: null,
    data: {},
    policyVersion: null,
    costMicros: null,
    traceparent: null,
  }
}

const links: readonly StoredLink[] = sealEach(
  Array.from({ length: 450 }, (_, at) => event(at)),
  [],
).map(({ seal, ...draft }) => ({ event: draft, seal }))

function queriesOf(log: readonly StoredLink[]) {
  const chain = ({ afterSeq, limit }: { afterSeq: number; limit: number }) =>
    Promise.resolve(log.slice(afterSeq, afterSeq + limit))
  return { chain }
}

test('a long log is checked page by page, and goes on from the head that was given', async () => {
  const whole = await verifyChain(queriesOf(links), emptyHead(PROJECT))
  expect(whole).toMatchObject({ isIntact: true, isComplete: true, head: { seq: 450 } })
  const first = await verifyChain(queriesOf(links), emptyHead(PROJECT), [], 200)
  expect(first).toMatchObject({ isIntact: true, isComplete: false, head: { seq: 200 } })
  expect(await verifyChain(queriesOf(links), first.head)).toEqual(whole)
  const wrong = { ...first.head, hash: 'f'.repeat(64) }
  expect(await verifyChain(queriesOf(links), wrong)).toMatchObject({ firstBad: { seq: 201, fault: 'CHANGED' } })
})

test('R-88: what is wrong behind the first page is named by its number, and what was attested behind the end is missed', async () => {
  const changed = links.with(333, { ...(links[333] as StoredLink), event: event(9_999) })
  const bad = await verifyChain(queriesOf(changed), emptyHead(PROJECT))
  expect(bad).toMatchObject({ isIntact: false, firstBad: { seq: 334, fault: 'CHANGED' }, head: { seq: 333 } })
  const known = { projectId: PROJECT, seq: 450, hash: links[449]?.seal?.hash ?? '', isGenuine: true }
  const cut = await verifyChain(queriesOf(links.slice(0, 400)), emptyHead(PROJECT), [known])
  expect(cut).toMatchObject({ isIntact: false, firstBad: { seq: 401, fault: 'CUT' } })
  // A call that stops before the end says nothing about it.
  const part = await verifyChain(queriesOf(links), emptyHead(PROJECT), [known], 200)
  expect(part).toMatchObject({ isIntact: true, isComplete: false, firstBad: null })
})
