import { EVENT_KINDS, type EventKind, unwrap } from '@mission-control/core'
import type { Storage, StoredEvent } from '@mission-control/core/storage'
import { expect, test } from 'vitest'
import { BEAT, createTask, MINUTE_MS, RUN, scene, startedTask, submittedTask, USD, verified } from './scene.ts'

const HOUR_MS = 60 * MINUTE_MS
const SECRET = 'sk-ant-api03-Zx9Qw3Er5Ty7Ui1Op2As4Df6Gh8Jk0LzXcVbNm1Qw2Er3Ty4Ui5Op6As7Df8Gh9Jk0Lz-AAAAAA'

/** Kinds that other tests bring about, or that belong to parts that come later. */
const ELSEWHERE: readonly EventKind[] = [
  ...(['AGENT_UPDATED', 'AGENT_SPAWNED', 'PROJECT_UPDATED', 'PRINCIPAL_UPDATED', 'SETTINGS_CHANGED'] as const),
  ...(['EXECUTION_REQUESTED', 'EXECUTION_ROUTED', 'EXECUTION_STATUS', 'EXECUTION_COMPLETED'] as const),
  ...(['EXECUTION_FAILED', 'NOTIFICATION_SENT', 'NOTIFICATION_FAILED', 'BACKUP_CREATED', 'BACKUP_RESTORED'] as const),
  ...(['LOOP_DETECTED', 'APPROVAL_DENIED', 'DOCUMENT_UPDATED'] as const),
]

async function wholeLog(storage: Storage): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (let after: string | null = null; ; ) {
    const page = await storage.readEvents({ after, limit: 200 })
    events.push(...page.events)
    if (page.events.length === 0) return events
    after = page.cursor
  }
}

/** Expects these kinds in this order, whatever stands between them. */
function expectStory(events: readonly StoredEvent[], story: readonly EventKind[]): void {
  let at = 0
  for (const { kind } of events) if (kind === story[at]) at++
  expect(story.slice(at), `missing from ${events.map(({ kind }) => kind).join(' ')}`).toEqual([])
}

test('R-87: a life with everything in it is told by its timeline, in order, redacted and chained', async () => {
  const { h, ann, storage } = await scene({ startAt: Date.UTC(2026, 0, 5, 6) })
  const bob = await h.operator('Bob')
  const worker = await h.agent({ name: 'Worker', workspacePath: '/srv/worker' })
  const heir = await h.agent({ name: 'Heir' })

  // Work with tools, one of them refused and one asked for.
  const work = await startedTask(h, worker)
  await worker.client.tasks.complete({ ...work, deliverable: { content: ' ' } })
  const { run } = unwrap(await worker.client.runs.start({ ...work, ...RUN, estimatedCostMicros: 1_000 }))
  unwrap(await worker.client.runs.report({ runId: run.id, lines: [{ callId: 'u1', label: 'tool', costMicros: 500 }] }))
  const call = { ...work, runId: run.id, sessionKey: 's', cwd: '/srv/worker' }
  const input = { path: 'src/a.ts', content: 'x' }
  const gated = unwrap(await worker.client.toolCalls.gate({ ...call, callId: 'c1', tool: 'write_file', input }))
  unwrap(await worker.client.toolCalls.begin({ toolCallId: gated.toolCallId, epoch: work.epoch, input }))
  unwrap(
    await worker.client.toolCalls.end({
      toolCallId: gated.toolCallId,
      epoch: work.epoch,
      status: 'SUCCESS',
      output: SECRET,
    }),
  )
  const message = unwrap(await ann.messages.post({ taskId: work.taskId, content: `use ${SECRET}`, type: 'COMMENT' }))
  unwrap(await ann.messages.edit({ messageId: message.id, expectedVersion: message.version, content: 'use the vault' }))
  unwrap(await ann.documents.create({ name: 'notes.md', type: 'REPORT', content: SECRET }))
  unwrap(await worker.client.runs.complete({ runId: run.id }))
  unwrap(await worker.client.tasks.handover({ ...work, toAgentId: heir.id, reason: 'heir knows it better' }))

  // Review, approval, done.
  const submitted = await submittedTask(h, worker)
  unwrap(await ann.reviews.post({ taskId: submitted.taskId, verb: 'PRAISE', summary: 'well begun' }))
  const praise = { taskId: submitted.taskId, verb: 'APPROVE', summary: 'good', verified: verified('DOCS') } as const
  const { approvalId } = unwrap(await ann.reviews.post(praise))
  unwrap(await bob.approvals.decide({ approvalId: approvalId ?? '', verdict: 'APPROVE', reason: 'accepted' }))

  const revised = await submittedTask(h, heir)
  const items = [{ file: 'guide.md', change: 'name the audience' }]
  unwrap(await ann.reviews.post({ taskId: revised.taskId, verb: 'CHANGESET', summary: 'nearly', items }))
  const [changes] = unwrap(await ann.reviews.list({ taskId: revised.taskId })).data
  const { epoch } = unwrap(await h.admin.tasks.get({ taskId: revised.taskId }))
  unwrap(await heir.client.reviews.resolveItem({ reviewId: changes?.id ?? '', item: 0, resolution: 'added', epoch }))
  const stopped = unwrap(await heir.client.runs.start({ taskId: revised.taskId, epoch, ...RUN })).run
  unwrap(await ann.tasks.transition({ taskId: revised.taskId, to: 'CANCELED', reason: 'no longer needed' }))
  const spare = await createTask(h)
  unwrap(await ann.tasks.update({ taskId: spare.id, expectedVersion: spare.version, priority: 1 }))
  const closed = unwrap(await h.admin.projects.create({ name: 'Closed', slug: 'closed' }))
  unwrap(await h.admin.inProject(closed.id).projects.archive({ reason: 'never begun' }))

  // Requests that come to nothing.
  const parked = await startedTask(h, await h.agent())
  const ask = { actionType: 'STATE_TRANSITION', payload: { to: 'REVIEW' }, justification: 'to be sure' } as const
  const asker = (
    await h.admin.agents
      .get({ agentId: (await h.admin.tasks.get({ taskId: parked.taskId }).then(unwrap)).assigneeIds[0] ?? '' })
      .then(unwrap)
  ).agent
  const askerClient = (await h.mc.as(asker.principalId)).inProject(h.projectId)
  const withdrawn = unwrap(await askerClient.approvals.request({ ...parked, ...ask }))
  unwrap(await askerClient.approvals.cancel({ approvalId: withdrawn.id, reason: 'not needed' }))
  unwrap(await askerClient.approvals.request({ ...parked, ...ask, justification: 'once more' }))

  // A budget that is spent, a run that fails.
  const poor = await h.agent({ name: 'Poor', budgetDailyMicros: USD, budgetPerRunMicros: USD })
  const costly = await startedTask(h, poor)
  const first = unwrap(await poor.client.runs.start({ ...costly, ...RUN, estimatedCostMicros: USD })).run
  unwrap(await poor.client.runs.report({ runId: first.id, lines: [{ callId: 'u', label: 'tool', costMicros: USD }] }))
  await poor.client.runs.fail({ runId: first.id, error: `failed with ${SECRET}` })
  await poor.client.runs.start({ ...costly, ...RUN })
  unwrap(await h.admin.budgets.set({ scopeType: 'AGENT', scopeId: poor.id, capMicros: 3 * USD }))

  // People step in; keys come and go; silence; the morning.
  unwrap(await ann.agents.control({ agentId: worker.id, action: 'PAUSE', reason: 'lunch' }))
  unwrap(await ann.agents.control({ agentId: worker.id, action: 'RESUME', reason: 'back' }))
  const key = unwrap(await h.admin.keys.issue({ principalId: worker.principalId }))
  const rotated = unwrap(await h.admin.keys.rotate({ credentialId: key.credentialId }))
  unwrap(await h.admin.keys.revoke({ credentialId: rotated.credentialId }))
  unwrap(await heir.client.tasks.claim({ taskId: (await createTask(h)).id }))
  const silent = await startedTask(h, worker)
  unwrap(await worker.client.runs.start({ ...silent, ...RUN }))
  await h.advance(4 * HOUR_MS)
  unwrap(await worker.client.agents.heartbeat({ ...BEAT, sessionKey: 'back' }))
  for (const hours of [10, 10, 6]) {
    h.clock.advance(hours * HOUR_MS)
    await h.mc.jobs.runDue()
  }
  await h.advance(2 * MINUTE_MS)
  await h.mc.record.seal()

  const log = await wholeLog(storage)
  const ofTask = (taskId: string) => log.filter((event) => event.taskId === taskId)
  expectStory(ofTask(work.taskId), [
    ...(['TASK_CREATED', 'CLAIM_GRANTED', 'TASK_TRANSITION', 'TASK_REFUSED', 'RUN_STARTED', 'USAGE_REPORTED'] as const),
    ...(['POLICY_DECISION', 'MESSAGE_POSTED', 'MESSAGE_EDITED', 'RUN_COMPLETED', 'BUDGET_SETTLED'] as const),
    ...(['CLAIM_HANDED_OVER', 'CLAIM_EXPIRED'] as const),
  ])
  expectStory(ofTask(submitted.taskId), [
    ...(['TASK_CREATED', 'CLAIM_GRANTED', 'TASK_TRANSITION', 'REVIEW_POSTED', 'APPROVAL_REQUESTED'] as const),
    ...(['APPROVAL_APPROVED', 'APPROVAL_USED'] as const),
  ])
  expectStory(ofTask(revised.taskId), ['REVIEW_POSTED', 'REVIEW_RESOLVED', 'RUN_STARTED', 'RUN_STOPPED'])
  expect(log.filter(({ runId }) => runId === stopped.id).map(({ kind }) => kind)).toContain('RUN_STOPPED')
  expectStory(ofTask(parked.taskId), [
    'APPROVAL_REQUESTED',
    'APPROVAL_CANCELED',
    'APPROVAL_REQUESTED',
    'APPROVAL_EXPIRED',
  ])
  expectStory(ofTask(costly.taskId), ['RUN_STARTED', 'RUN_FAILED', 'BUDGET_EXCEEDED', 'ALERT_RAISED'])
  expectStory(ofTask(silent.taskId), ['RUN_STARTED', 'RUN_TIMEOUT', 'CLAIM_EXPIRED'])
  const told = new Set(log.map(({ kind }) => kind))
  expect(EVENT_KINDS.filter((kind) => !told.has(kind) && !ELSEWHERE.includes(kind))).toEqual([])

  // Who, why and what it cost; nothing secret; in order; unchanged.
  for (const event of log) {
    expect(event.actor.id).not.toBe('')
    expect(event.summary.length).toBeGreaterThan(0)
    expect(event.summary.length).toBeLessThanOrEqual(280)
  }
  expect(JSON.stringify(log)).not.toContain(SECRET)
  expect(log.map(({ time }) => time)).toEqual(log.map(({ time }) => time).sort((one, other) => one - other))
  expect(await h.mc.record.verify({ projectId: h.projectId })).toMatchObject({ isIntact: true })
  expect((await h.mc.record.replay(h.projectId)).differences).toEqual([])
})
