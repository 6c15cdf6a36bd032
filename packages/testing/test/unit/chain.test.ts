import { type MissionControlClient, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import {
  agentOf,
  BEAT,
  codeOf,
  createTask,
  eventKinds,
  fieldsOf,
  MINUTE_MS,
  PLAN,
  pathOf,
  RUN,
  scene,
  startedTask,
  submittedTask,
  taskOf,
} from './scene.ts'

const control = (client: MissionControlClient, agentId: string, action: 'PAUSE' | 'DRAIN' | 'QUARANTINE' | 'RESUME') =>
  client.agents.control({ agentId, action, reason: 'a look' })

describe('guards', () => {
  test('R-13 a guarded move without what it needs is refused, field by field', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const { id } = await createTask(h)
    const assign = await ann.tasks.transition({ taskId: id, to: 'ASSIGNED', assigneeIds: [] })
    expect([codeOf(assign), fieldsOf(assign)]).toEqual(['TRANSITION_REFUSED', ['assigneeIds']])
    const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: id }))
    for (const [bullets, fields] of [
      [['one', 'two'], ['workPlan.bullets']],
      [['1', '2', '3', '4', '5', '6', '7'], ['workPlan.bullets']],
      [['one', '  ', 'three'], ['workPlan.bullets.1']],
    ] as const) {
      const start = await worker.client.tasks.start({ taskId: id, epoch, workPlan: { bullets: [...bullets] } })
      expect([codeOf(start), fieldsOf(start)]).toEqual(['TRANSITION_REFUSED', fields])
    }
    unwrap(await worker.client.tasks.start({ taskId: id, epoch, workPlan: PLAN }))
    const submit = await worker.client.tasks.transition({ taskId: id, to: 'REVIEW', epoch })
    expect([codeOf(submit), fieldsOf(submit)]).toEqual(['TRANSITION_REFUSED', ['deliverable', 'checklist']])
    const empty = { summary: ' ', content: '', artifactIds: [] }
    const hollow = await worker.client.tasks.complete({ taskId: id, epoch, deliverable: empty })
    expect([codeOf(hollow), fieldsOf(hollow)]).toEqual(['TRANSITION_REFUSED', ['deliverable']])
    for (const [client, to] of [
      [worker.client, 'BLOCKED'],
      [ann, 'CANCELED'],
    ] as const) {
      const refused = await client.tasks.transition({ taskId: id, to, epoch })
      expect([codeOf(refused), fieldsOf(refused)]).toEqual(['TRANSITION_REFUSED', ['reason']])
    }
    expect(await taskOf(h, id)).toMatchObject({ status: 'IN_PROGRESS', deliverable: null, transitionCount: 2 })
  })

  test('R-13 a dependency that is not DONE keeps a task from being claimed', async () => {
    const { h } = await scene()
    const worker = await h.agent()
    const first = await createTask(h)
    const second = await createTask(h, { dependsOn: [first.id] })
    expect(codeOf(await worker.client.tasks.claim({ taskId: second.id }))).toBe('TRANSITION_REFUSED')
    expect((await taskOf(h, second.id)).status).toBe('INBOX')
  })

  test('R-14 unblocked, the reason is gone and the note is kept', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    unwrap(await worker.client.tasks.transition({ taskId, to: 'BLOCKED', reason: 'no access', epoch }))
    expect(await taskOf(h, taskId)).toMatchObject({ status: 'BLOCKED', blockedReason: 'no access' })
    expect(fieldsOf(await ann.tasks.transition({ taskId, to: 'IN_PROGRESS' }))).toEqual(['reason'])
    unwrap(await ann.tasks.transition({ taskId, to: 'IN_PROGRESS', reason: 'access given' }))
    expect(await taskOf(h, taskId)).toMatchObject({ status: 'IN_PROGRESS', blockedReason: null, returnStatus: null })
    const moves = unwrap(await h.admin.tasks.transitions({ taskId })).data
    expect(moves.at(-1)).toMatchObject({ from: 'BLOCKED', to: 'IN_PROGRESS', reason: 'access given' })
  })

  test('R-24 a DONE task is neither reopened nor given to anybody', async () => {
    const { h, ann } = await scene()
    const [worker, other] = [await h.agent(), await h.agent()]
    const { taskId } = await submittedTask(h, worker)
    unwrap(await ann.tasks.transition({ taskId, to: 'DONE', reason: 'good' }))
    const before = await taskOf(h, taskId)
    expect(codeOf(await ann.tasks.transition({ taskId, to: 'IN_PROGRESS', reason: 'again' }))).toBe(
      'TRANSITION_REFUSED',
    )
    expect(codeOf(await ann.tasks.transition({ taskId, to: 'INBOX', reason: 'again' }))).toBe('TRANSITION_REFUSED')
    expect(codeOf(await ann.tasks.assign({ taskId, assigneeIds: [other.id] }))).toBe('TRANSITION_REFUSED')
    expect(codeOf(await ann.tasks.handover({ taskId, toAgentId: other.id, reason: 'x' }))).toBe('TRANSITION_REFUSED')
    expect(codeOf(await other.client.tasks.claim({ taskId }))).toBe('CLAIM_LOST')
    await h.advance(90 * MINUTE_MS)
    expect(await taskOf(h, taskId)).toEqual(before)
    expect((await createTask(h, { followUpOfId: taskId })).status).toBe('INBOX')
  })

  test('R-18 a CANCELED task is not assigned', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const { id } = await createTask(h)
    unwrap(await ann.tasks.transition({ taskId: id, to: 'CANCELED', reason: 'not needed' }))
    expect(codeOf(await ann.tasks.assign({ taskId: id, assigneeIds: [worker.id] }))).toBe('TRANSITION_REFUSED')
    expect(await taskOf(h, id)).toMatchObject({ status: 'CANCELED', assigneeIds: [], claim: null })
  })
})

describe('claims', () => {
  test('R-16 of 20 agents at once one wins, and the task moves once', async () => {
    const { h } = await scene()
    const { id } = await createTask(h)
    const agents = []
    for (let n = 0; n < 20; n++) agents.push(await h.agent({ name: `Agent ${n}` }))
    const outcomes = await Promise.all(agents.map(({ client }) => client.tasks.claim({ taskId: id })))
    const winner = agents[outcomes.findIndex(({ ok }) => ok)]
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const losers = outcomes.filter(({ ok }) => !ok)
    expect(losers).toHaveLength(19)
    for (const lost of losers) expect(lost).toMatchObject({ error: { code: 'CLAIM_LOST', owner: winner?.id } })
    expect(await pathOf(h, id)).toEqual(['INBOX', 'ASSIGNED'])
    expect(await taskOf(h, id)).toMatchObject({ claim: { agentId: winner?.id, epoch: 1 }, assigneeIds: [winner?.id] })
  })

  test('R-17 another agent neither claims a held task nor assigns itself', async () => {
    const { h } = await scene()
    const [worker, other, lead] = [await h.agent(), await h.agent(), await h.agent({ role: 'LEAD' })]
    const { id } = await createTask(h)
    unwrap(await worker.client.tasks.claim({ taskId: id }))
    const before = await taskOf(h, id)
    expect(codeOf(await other.client.tasks.claim({ taskId: id }))).toBe('CLAIM_LOST')
    expect(codeOf(await other.client.tasks.assign({ taskId: id, assigneeIds: [other.id] }))).toBe('FORBIDDEN')
    expect(codeOf(await lead.client.tasks.assign({ taskId: id, assigneeIds: [lead.id] }))).toBe('FORBIDDEN')
    expect(codeOf(await lead.client.tasks.handover({ taskId: id, toAgentId: lead.id, reason: 'mine' }))).toBe(
      'LEASE_LOST',
    )
    expect(codeOf(await other.client.tasks.start({ taskId: id, workPlan: PLAN }))).toBe('LEASE_LOST')
    expect(await taskOf(h, id)).toEqual(before)
  })

  test('R-19 after a lapse the old holder writes nothing, save its late cost, once', async () => {
    const { h, storage } = await scene()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const { run } = unwrap(await worker.client.runs.start({ ...RUN, taskId, epoch }))
    await h.advance(70 * MINUTE_MS)
    const heir = await h.agent({ name: 'Heir' })
    unwrap(await heir.client.tasks.claim({ taskId, workPlan: PLAN }))
    unwrap(await worker.client.agents.heartbeat(BEAT))
    const before = await taskOf(h, taskId)
    const messages = unwrap(await h.admin.messages.list({ taskId })).data.length
    const { client } = worker
    const attempts = [
      client.messages.post({ taskId, content: 'still here', epoch }),
      client.tasks.transition({ taskId, to: 'BLOCKED', reason: 'mine', epoch }),
      client.tasks.complete({ taskId, deliverable: { content: 'mine' }, epoch }),
      client.tasks.start({ taskId, workPlan: PLAN, epoch }),
      client.tasks.handover({ taskId, toAgentId: worker.id, reason: 'mine', epoch }),
      client.runs.start({ ...RUN, taskId, epoch }),
    ]
    expect((await Promise.all(attempts)).map(codeOf)).toEqual(attempts.map(() => 'LEASE_LOST'))
    const call = { tool: 'write_file', input: { path: 'src/a.ts', content: 'x' }, sessionKey: 's', taskId, epoch }
    expect(unwrap(await client.toolCalls.gate(call)).decision).toBe('DENY')
    expect(await taskOf(h, taskId)).toEqual(before)
    expect(unwrap(await h.admin.messages.list({ taskId })).data).toHaveLength(messages)
    const late = { runId: run.id, epoch, lines: [{ callId: 'late', costMicros: 1_000 }] }
    for (let time = 0; time < 2; time++) {
      expect(unwrap(await client.runs.report(late))).toMatchObject({ directive: 'STOP', run: { billedMicros: 1_000 } })
    }
    const rows = await storage.queries.balances({
      projectId: h.projectId,
      prefix: `${h.projectId}/TASK/${taskId}/`,
      limit: 5,
    })
    expect(rows.map(({ balance }) => balance)).toEqual([{ reserved: 0, settled: 1_000 }])
  })

  test('R-20 a worker that dies loses the task in two steps; its run times out and gives back the hold', async () => {
    const { h, storage } = await scene()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const { run } = unwrap(await worker.client.runs.start({ ...RUN, taskId, epoch, estimatedCostMicros: 500_000 }))
    await h.advance(50 * MINUTE_MS)
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).status).toBe('TIMEOUT')
    expect(await taskOf(h, taskId)).toMatchObject({ status: 'IN_PROGRESS', epoch })
    await h.advance(6 * MINUTE_MS)
    expect(await taskOf(h, taskId)).toMatchObject({ status: 'ASSIGNED', claim: null, epoch: epoch + 1 })
    await h.advance(11 * MINUTE_MS)
    expect(await taskOf(h, taskId)).toMatchObject({ status: 'INBOX', assigneeIds: [], claim: null })
    expect(await pathOf(h, taskId)).toEqual(['INBOX', 'ASSIGNED', 'IN_PROGRESS', 'ASSIGNED', 'INBOX'])
    const rows = await storage.queries.balances({ projectId: h.projectId, limit: 100 })
    expect(rows.filter(({ balance }) => balance.reserved !== 0)).toEqual([])
  })

  test('R-20 a claim that was never started goes back to INBOX at once', async () => {
    const { h } = await scene()
    const worker = await h.agent()
    const { id } = await createTask(h)
    unwrap(await worker.client.tasks.claim({ taskId: id }))
    await h.advance(46 * MINUTE_MS)
    expect(await taskOf(h, id)).toMatchObject({ status: 'INBOX', epoch: 2 })
  })

  test('R-23 a task given to one agent is offered to nobody else', async () => {
    const { h, ann } = await scene()
    const [worker, other] = [await h.agent(), await h.agent()]
    const [given, free] = [await createTask(h), await createTask(h)]
    unwrap(await ann.tasks.assign({ taskId: given.id, assigneeIds: [worker.id] }))
    const theirs = unwrap(await other.client.agents.heartbeat(BEAT))
    expect(theirs.claimable.map(({ id }) => id)).toEqual([free.id])
    expect(theirs.myTasks).toEqual([])
    expect(unwrap(await worker.client.agents.heartbeat(BEAT)).myTasks.map(({ id }) => id)).toEqual([given.id])
  })

  test('R-37 after a restart the task in progress comes first', async () => {
    const { h } = await scene()
    const worker = await h.agent()
    const waiting = await createTask(h, { priority: 1 })
    unwrap(await worker.client.tasks.claim({ taskId: waiting.id }))
    const { taskId } = await startedTask(h, worker)
    const reply = unwrap(await worker.client.agents.heartbeat({ ...BEAT, sessionKey: 'a new process' }))
    expect(reply.myTasks.map(({ id }) => id)).toEqual([taskId, waiting.id])
  })
})

describe('agents', () => {
  test.each(['PAUSE', 'QUARANTINE'] as const)(
    'R-26 %s: neither a beat nor a registration makes it ACTIVE',
    async (action) => {
      const { h, ann } = await scene()
      const worker = await h.agent({ name: 'Worker' })
      unwrap(await control(ann, worker.id, action))
      const status = action === 'PAUSE' ? 'PAUSED' : 'QUARANTINED'
      const reply = unwrap(await worker.client.agents.heartbeat({ ...BEAT, health: 'HEALTHY' }))
      expect(reply).toMatchObject({ directive: status, claimable: [] })
      expect(codeOf(await worker.client.agents.heartbeat({ ...BEAT, status: 'ACTIVE' } as never))).toBe('VALIDATION')
      expect(unwrap(await worker.client.agents.register({ name: 'Worker' }))).toMatchObject({
        created: false,
        key: null,
      })
      expect((await agentOf(h, worker.id)).status).toBe(status)
    },
  )

  test('R-27 a PAUSED agent claims, starts, runs and calls nothing', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const claimed = await createTask(h)
    unwrap(await worker.client.tasks.claim({ taskId: claimed.id }))
    const free = await createTask(h)
    unwrap(await control(ann, worker.id, 'PAUSE'))
    const { client } = worker
    expect(codeOf(await client.tasks.claim({ taskId: free.id }))).toBe('AGENT_NOT_ACTIVE')
    expect(codeOf(await client.tasks.start({ taskId: claimed.id, workPlan: PLAN }))).toBe('AGENT_NOT_ACTIVE')
    expect(codeOf(await client.runs.start({ ...RUN, taskId, epoch }))).toBe('AGENT_NOT_ACTIVE')
    const call = { tool: 'read_file', input: { path: 'src/a.ts' }, sessionKey: 's', taskId, epoch }
    expect(unwrap(await client.toolCalls.gate(call)).decision).toBe('DENY')
  })

  test('R-28 a silent agent is OFFLINE with one alert, its leases lapse, and a beat revives it', async () => {
    const { h } = await scene()
    const worker = await h.agent()
    const { id } = await createTask(h)
    unwrap(await worker.client.tasks.claim({ taskId: id }))
    await h.advance(44 * MINUTE_MS)
    expect((await agentOf(h, worker.id)).status).toBe('ACTIVE')
    await h.advance(120 * MINUTE_MS)
    expect((await agentOf(h, worker.id)).status).toBe('OFFLINE')
    const alerts = async () => unwrap(await h.admin.alerts.list({})).data.filter(({ type }) => type === 'AGENT_OFFLINE')
    expect(await alerts()).toMatchObject([{ count: 1 }])
    expect((await taskOf(h, id)).status).toBe('INBOX')
    expect(unwrap(await worker.client.agents.heartbeat(BEAT)).directive).toBe('CONTINUE')
    expect((await agentOf(h, worker.id)).status).toBe('ACTIVE')
    expect(await alerts()).toHaveLength(1)
  })

  test('R-29 a null current task clears it', async () => {
    const { h } = await scene()
    const worker = await h.agent()
    const { taskId } = await startedTask(h, worker)
    const current = async () => unwrap(await h.admin.agents.get({ agentId: worker.id })).liveness?.currentTaskId
    unwrap(await worker.client.agents.heartbeat({ ...BEAT, currentTaskId: taskId }))
    expect(await current()).toBe(taskId)
    unwrap(await worker.client.agents.heartbeat({ ...BEAT, currentTaskId: null }))
    expect(await current()).toBeNull()
  })

  test('R-30 three errors in a row pause, five quarantine; a good beat between starts anew', async () => {
    const { h } = await scene()
    const worker = await h.agent()
    const beat = async (health: 'ERROR' | 'IDLE') => {
      await h.advance(MINUTE_MS)
      unwrap(await worker.client.agents.heartbeat({ ...BEAT, health }))
      const { status, pausedBy } = await agentOf(h, worker.id)
      return pausedBy === null ? status : `${status} ${pausedBy}`
    }
    const states = []
    for (const health of ['ERROR', 'ERROR', 'IDLE', 'ERROR', 'ERROR', 'ERROR', 'ERROR', 'ERROR'] as const) {
      states.push(await beat(health))
    }
    const active = ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE']
    expect(states).toEqual([...active, 'PAUSED ERROR', 'PAUSED ERROR', 'QUARANTINED'])
  })

  test('R-32 quarantine stops runs, blocks tasks and raises an alert', async () => {
    const s = await scene()
    const { h, ann } = s
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const { run } = unwrap(await worker.client.runs.start({ ...RUN, taskId, epoch }))
    const claimed = await createTask(h)
    unwrap(await worker.client.tasks.claim({ taskId: claimed.id }))
    expect(unwrap(await control(ann, worker.id, 'QUARANTINE'))).toMatchObject({ runsStopped: 1, tasksBlocked: 2 })
    expect((await taskOf(h, taskId)).status).toBe('BLOCKED')
    expect((await taskOf(h, claimed.id)).status).toBe('BLOCKED')
    expect(unwrap(await h.admin.runs.get({ runId: run.id })).stopReason).toBe('QUARANTINE')
    expect(unwrap(await h.admin.alerts.list({})).data.map(({ type }) => type)).toContain('AGENT_QUARANTINED')
    expect(await eventKinds(s)).toContain('RUN_STOPPED')
    expect(codeOf(await worker.client.tasks.complete({ taskId, epoch, deliverable: { content: 'x' } }))).toBe(
      'AGENT_NOT_ACTIVE',
    )
  })

  test('R-33 a draining agent claims nothing, ends its work and is DRAINED', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const started = await startedTask(h, worker)
    const claimed = await createTask(h)
    unwrap(await worker.client.tasks.claim({ taskId: claimed.id }))
    unwrap(await control(ann, worker.id, 'DRAIN'))
    expect((await taskOf(h, claimed.id)).status).toBe('INBOX')
    expect(unwrap(await worker.client.agents.heartbeat(BEAT))).toMatchObject({ directive: 'DRAIN', claimable: [] })
    expect(codeOf(await worker.client.tasks.claim({ taskId: claimed.id }))).not.toBe('ok')
    const { run } = unwrap(await worker.client.runs.start({ ...RUN, ...started }))
    unwrap(await worker.client.runs.complete({ runId: run.id }))
    unwrap(await worker.client.tasks.complete({ ...started, deliverable: { content: 'the guide' } }))
    await h.advance(MINUTE_MS)
    unwrap(await worker.client.agents.heartbeat(BEAT))
    expect((await agentOf(h, worker.id)).status).toBe('DRAINED')
    expect(codeOf(await worker.client.tasks.claim({ taskId: claimed.id }))).toBe('AGENT_NOT_ACTIVE')
  })
})

describe('writes', () => {
  test('R-05 a key that was used for something else is refused', async () => {
    const { h, ann } = await scene()
    const [one, two] = [await createTask(h), await createTask(h)]
    const context = { idempotencyKey: 'key-1' }
    unwrap(await ann.tasks.update({ taskId: one.id, priority: 1 }, context))
    expect(codeOf(await ann.tasks.update({ taskId: two.id, priority: 1 }, context))).toBe('IDEMPOTENCY_KEY_REUSED')
    expect(codeOf(await ann.tasks.update({ taskId: one.id, priority: 2 }, context))).toBe('IDEMPOTENCY_KEY_REUSED')
    expect(await taskOf(h, one.id)).toMatchObject({ priority: 1, version: 2 })
    expect(await taskOf(h, two.id)).toEqual(two)
  })

  test('R-06 the same key and body 20 times in parallel is one effect and one answer', async () => {
    const s = await scene()
    const create = () => s.ann.tasks.create({ title: 'Once', type: 'DOCS' }, { idempotencyKey: 'key-1' })
    const outcomes = await Promise.all(Array.from({ length: 20 }, create))
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0])
    expect(codeOf(await create())).toBe('ok')
    expect(unwrap(await s.h.admin.tasks.list({})).data).toHaveLength(1)
    expect((await eventKinds(s)).filter((kind) => kind === 'TASK_CREATED')).toHaveLength(1)
  })

  test('R-10 of two writers with the same version one wins', async () => {
    const { h, ann } = await scene()
    const { id, version } = await createTask(h)
    const both = [1, 2].map((priority) => ann.tasks.update({ taskId: id, expectedVersion: version, priority }))
    expect((await Promise.all(both)).map(codeOf).sort()).toEqual(['VERSION_CONFLICT', 'ok'])
    expect((await taskOf(h, id)).version).toBe(version + 1)
  })

  test('R-04 another project does not exist for those who have none of it', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    await createTask(h, { title: 'Same' })
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other', timeZone: 'UTC' }))
    const theirs = h.admin.inProject(other.id)
    const foreign = unwrap(await theirs.tasks.create({ title: 'Same', type: 'DOCS' }))
    const stranger = unwrap(await theirs.agents.register({ name: 'Stranger' }))
    for (const client of [ann, worker.client]) {
      expect(codeOf(await client.tasks.get({ taskId: foreign.id }))).toBe('NOT_FOUND')
      expect(codeOf(await client.inProject(other.id).tasks.get({ taskId: foreign.id }))).toBe('NOT_FOUND')
      expect(codeOf(await client.inProject(other.id).tasks.list({}))).toBe('NOT_FOUND')
      expect(codeOf(await client.inProject(other.id).messages.post({ taskId: foreign.id, content: 'x' }))).toBe(
        'NOT_FOUND',
      )
      expect(codeOf(await client.messages.post({ taskId: foreign.id, content: 'x' }))).toBe('NOT_FOUND')
      expect(unwrap(await client.tasks.list({})).data.map(({ projectId }) => projectId)).toEqual([h.projectId])
    }
    expect(codeOf(await worker.client.tasks.claim({ taskId: foreign.id }))).toBe('NOT_FOUND')
    expect(codeOf(await ann.tasks.transition({ taskId: foreign.id, to: 'CANCELED', reason: 'x' }))).toBe('NOT_FOUND')
    const mine = await createTask(h)
    expect(codeOf(await ann.tasks.assign({ taskId: mine.id, assigneeIds: [stranger.agentId] }))).toBe('NOT_FOUND')
    const beat = unwrap(await worker.client.agents.heartbeat(BEAT))
    expect(new Set(beat.claimable.map(({ projectId }) => projectId))).toEqual(new Set([h.projectId]))
    expect(unwrap(await theirs.tasks.get({ taskId: foreign.id }))).toEqual(foreign)
  })

  test('R-07 an agent gives itself nothing', async () => {
    const { h } = await scene()
    const worker = await h.agent({ name: 'Worker', allowedTools: ['file.read'], allowedTaskTypes: ['DOCS'] })
    const before = await agentOf(h, worker.id)
    const { client } = worker
    const raises = [
      { role: 'LEAD' as const },
      { role: 'LEAD' as const, isCao: true },
      { budgetDailyMicros: before.budgetDailyMicros + 1 },
      { budgetPerRunMicros: before.budgetPerRunMicros + 1 },
      { allowedTools: ['file.read', '*'] },
      { allowedTaskTypes: ['DOCS' as const, 'ENGINEERING' as const] },
      { maxSubAgents: before.maxSubAgents + 1 },
      { maxConcurrentTasks: before.maxConcurrentTasks + 1 },
    ]
    for (const raise of raises) {
      const asked = await client.agents.register({ name: 'Worker', ...raise })
      expect(codeOf(asked), JSON.stringify(raise)).toBe('FORBIDDEN')
    }
    const same = { name: 'Worker', role: 'INTERN' as const, budgetDailyMicros: 0, allowedTools: ['file.read'] }
    for (const asked of [{ name: 'Worker' }, same]) {
      expect(unwrap(await client.agents.register(asked))).toMatchObject({ created: false, key: null, agent: before })
    }
    expect(codeOf(await client.agents.register({ name: 'Twin', role: 'LEAD' }))).toBe('FORBIDDEN')
    expect(codeOf(await client.budgets.set({ scopeType: 'AGENT', scopeId: worker.id, capMicros: 99_000_000 }))).toBe(
      'FORBIDDEN',
    )
    expect(codeOf(await client.keys.issue({ principalId: worker.principalId }))).toBe('FORBIDDEN')
    expect(codeOf(await client.policies.draft({ name: 'mine', content: {} }))).toBe('FORBIDDEN')
    expect(codeOf(await client.agents.control({ agentId: worker.id, action: 'RESUME', reason: 'x' }))).toBe('FORBIDDEN')
    const dear = { title: 'Dear', type: 'DOCS', budgetAllocatedMicros: 3_000_001 } as const
    expect(codeOf(await client.tasks.create(dear))).toBe('FORBIDDEN')
    expect(await agentOf(h, worker.id)).toEqual(before)
  })

  test('R-09 a key that is expired, revoked or past its overlap opens nothing', async () => {
    const { h, storage } = await scene()
    const worker = await h.agent()
    const issue = async () =>
      unwrap(await h.admin.keys.issue({ principalId: worker.principalId, ttlMs: 60 * MINUTE_MS }))
    const knock = async (key: string) => codeOf(await h.mc.authenticate(key))
    const [expiring, revoked, rotated] = [await issue(), await issue(), await issue()]
    expect(await Promise.all([expiring, revoked, rotated].map(({ key }) => knock(key)))).toEqual(['ok', 'ok', 'ok'])
    unwrap(await h.admin.keys.revoke({ credentialId: revoked.credentialId, reason: 'leaked' }))
    const next = unwrap(await h.admin.keys.rotate({ credentialId: rotated.credentialId, overlapMs: 5 * MINUTE_MS }))
    expect(await knock(revoked.key)).toBe('UNAUTHENTICATED')
    expect([await knock(rotated.key), await knock(next.key)]).toEqual(['ok', 'ok'])
    h.clock.advance(5 * MINUTE_MS)
    expect([await knock(rotated.key), await knock(next.key), await knock(expiring.key)]).toEqual([
      'UNAUTHENTICATED',
      'ok',
      'ok',
    ])
    h.clock.advance(60 * MINUTE_MS)
    expect(await knock(expiring.key)).toBe('UNAUTHENTICATED')
    const { events } = await storage.readEvents({ after: null, limit: 200 })
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['KEY_ROTATED', 'KEY_REVOKED']))
  })

  test('R-109 there is one set-up, and without a key nobody is let in', async () => {
    const { h } = await scene()
    expect(codeOf(await h.mc.bootstrap({ admin: { displayName: 'Eve' } }))).toBe('FORBIDDEN')
    for (const key of ['', 'mc_live_x', `${h.adminKey}x`, h.adminKey.slice(0, -1)]) {
      expect(codeOf(await h.mc.authenticate(key)), key).toBe('UNAUTHENTICATED')
    }
    expect(Object.keys(h.mc)).not.toEqual(expect.arrayContaining(['tasks']))
    await expect(h.mc.as('prn_unknown')).rejects.toThrow(/no active principal/)
  })
})
