// What nobody may do, whoever it is, and what stays when somebody tries.
import { OPERATIONS, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import { codeOf, createTask, fieldsOf, PLAN, RUN, scene, startedTask, submittedTask, taskOf } from './scene.ts'

const LOG_WORDS = /^(events|transitions|ledger|log|receipts|store|seals)\./
/** Take a device from a person and an address from the outside; nothing that happened goes with them. */
const NO_RECORD = ['principals.resetSecondFactor', 'webhooks.delete']
const WIPE_WORDS = /delete|remove|clear|wipe|truncate|purge|reset|append|erase|drop/i

describe('the record of what happened', () => {
  test('R-03: has no command that appends to it, and none that clears anything', async () => {
    const commands = [...OPERATIONS.values()].filter(({ type }) => type === 'command').map(({ name }) => name)
    expect(commands.length).toBeGreaterThan(30)
    expect(
      commands.filter((name) => !NO_RECORD.includes(name) && (LOG_WORDS.test(name) || WIPE_WORDS.test(name))),
    ).toEqual([])

    const { h } = await scene()
    const reachable = new Set<string>()
    const seen = new Set<unknown>()
    const walk = (value: unknown, path: string, depth: number) => {
      if (typeof value !== 'object' || value === null || depth > 4 || seen.has(value)) return
      seen.add(value)
      for (const [key, inner] of Object.entries(value)) {
        reachable.add(`${path}${key}`)
        walk(inner, `${path}${key}.`, depth + 1)
      }
    }
    walk(h.admin, '', 0)
    const port: readonly (keyof Storage)[] = ['commit', 'load', 'seal', 'readUnsealed', 'queries']
    expect([...reachable].filter((path) => port.some((name) => path.endsWith(name)))).toEqual([])
    expect([...reachable]).toContain('events.list')
    expect([...reachable]).not.toContain('events.append')
  })

  test('R-03: no field of any input names an actor, a sequence or a hash to write', () => {
    const forbidden = ['actor', 'actorKind', 'seq', 'prevHash', 'hash', 'createdAt', 'version']
    for (const operation of OPERATIONS.values()) {
      if (operation.type !== 'command') continue
      const shape = (operation.command.input as { shape?: object }).shape ?? {}
      expect(
        Object.keys(shape).filter((field) => forbidden.includes(field)),
        operation.name,
      ).toEqual([])
    }
  })
})

describe('a project', () => {
  test('R-08: is archived and never deleted; leases and requests end, nothing is orphaned, later writes are refused', async () => {
    const { h, ann, storage } = await scene()
    const worker = await h.agent()
    const other = await h.agent()
    const started = await startedTask(h, worker)
    const claimed = await createTask(h)
    unwrap(await other.client.tasks.claim({ taskId: claimed.id }))
    const { run } = unwrap(await worker.client.runs.start({ ...started, ...RUN }))
    const working = await startedTask(h, await h.agent())
    const asked = unwrap(
      await worker.client.approvals.request({
        ...started,
        actionType: 'STATE_TRANSITION',
        payload: { to: 'REVIEW' },
        justification: 'to be sure',
      }),
    )

    expect(codeOf(await ann.projects.archive({ reason: 'done' }))).toBe('FORBIDDEN')
    const early = await h.admin.projects.archive({ reason: 'done' })
    expect([codeOf(early), fieldsOf(early)]).toEqual(['VALIDATION', ['projectId']])
    unwrap(await worker.client.runs.complete({ runId: run.id }))

    expect(unwrap(await h.admin.projects.archive({ reason: 'done' }))).toMatchObject({ status: 'ARCHIVED' })
    for (const taskId of [started.taskId, claimed.id, working.taskId]) {
      expect((await taskOf(h, taskId)).claim?.leaseUntil ?? null).toBeNull()
    }
    expect(unwrap(await h.admin.approvals.get({ approvalId: asked.id }))).toMatchObject({ status: 'CANCELED' })
    const held = await storage.queries.balances({ projectId: h.projectId, limit: 200 })
    expect(held.filter(({ balance }) => balance.reserved !== 0)).toEqual([])
    for (const { id } of [worker, other]) {
      const { records } = await storage.load({ records: [{ kind: 'workload', id }] })
      expect(records[0]).toMatchObject({ openRuns: [] })
    }

    const writes = [
      await h.admin.tasks.create({ title: 'too late', type: 'DOCS' }),
      await worker.client.tasks.claim({ taskId: claimed.id }),
      await worker.client.agents.heartbeat({ sessionKey: 's', health: 'IDLE', currentTaskId: null }),
      await ann.messages.post({ taskId: claimed.id, content: 'hello', type: 'COMMENT' }),
      await h.admin.projects.setOperatorMode({ mode: 'NORMAL', reason: 'again' }),
      await h.admin.projects.archive({ reason: 'again' }),
      await h.admin.agents.register({ name: 'New' }),
    ]
    expect(writes.map(codeOf)).toEqual(writes.map(() => 'PROJECT_ARCHIVED'))
    expect(unwrap(await ann.tasks.list({})).data).toHaveLength(3)
    expect(unwrap(await ann.events.list({ kinds: ['PROJECT_ARCHIVED'] })).data).toHaveLength(1)
    expect(Object.keys(h.admin.projects)).not.toContain('delete')
  })

  test('R-08: nothing moves in it any more once it is archived, whatever falls due; people still hear of what was', async () => {
    const { h, storage } = await scene()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const call = { tool: 'transfer_funds', input: {}, sessionKey: 's', taskId, epoch }
    unwrap(await worker.client.toolCalls.gate({ ...call, justification: 'it is due', rollbackPlan: 'none' }))
    unwrap(await h.admin.projects.archive({ reason: 'done' }))
    const stored = async () => ({
      tasks: (await storage.queries.page({ kind: 'task', projectId: h.projectId, limit: 200 })).rows,
      agents: (await storage.queries.page({ kind: 'agent', projectId: h.projectId, limit: 200 })).rows,
      liveness: (await storage.queries.page({ kind: 'liveness', projectId: h.projectId, limit: 200 })).rows,
      events: unwrap(await h.admin.events.list({ limit: 200 })).data.length,
    })
    const before = await stored()
    expect(before.tasks.map(({ status }) => status).sort()).toEqual(['NEEDS_APPROVAL'])
    for (let day = 0; day < 3; day++) {
      h.clock.advance(86_400_000)
      const report = await h.mc.jobs.runDue()
      expect(report).toMatchObject({ waiting: 0, agents: 0, claims: 0 })
    }
    expect(await stored()).toEqual(before)
    const { system } = h.mc
    const asSystem = await system.tasks.release({ projectId: h.projectId, taskId })
    expect(codeOf(asSystem)).toBe('PROJECT_ARCHIVED')
    const [note] = (await storage.queries.page({ kind: 'notification', projectId: h.projectId, limit: 1 })).rows
    const lease = { projectId: h.projectId, notificationIds: [note?.id ?? ''], leaseMs: 5_000 }
    expect(codeOf(await system.notifications.lease(lease))).toBe('ok')
  })

  test('R-117: an ADMIN of one project gives nothing beyond it', async () => {
    const { h } = await scene()
    const beta = unwrap(await h.admin.projects.create({ name: 'B', slug: 'beta' }))
    const made = unwrap(
      await h.admin.principals.create({ displayName: 'Local', role: 'ADMIN', projectIds: [h.projectId] }),
    )
    const local = await h.mc.as(made.principal.id)
    const attempts = [
      await local.principals.create({ displayName: 'X', role: 'ADMIN', projectIds: 'ALL' }),
      await local.principals.create({ displayName: 'X', role: 'VIEWER', projectIds: [h.projectId, beta.id] }),
      await local.keys.issue({ principalId: unwrapFirst(await h.admin.principals.list({ kind: 'HUMAN' })) }),
    ]
    expect(attempts.map(codeOf)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'])
    const elsewhere = local.inProject(beta.id)
    const content = { rules: {} }
    for (const outcome of [
      await elsewhere.policies.draft({ name: 'mine', content }),
      await elsewhere.projects.archive({ reason: 'mine' }),
      await elsewhere.agents.register({ name: 'Mine' }),
    ]) {
      expect(codeOf(outcome)).toBe('NOT_FOUND')
    }
    expect(unwrap(await h.admin.projects.get({ project: beta.id })).status).toBe('ACTIVE')
  })
})

/** The first principal of the installation, who reaches all of it. */
function unwrapFirst(
  page: Parameters<typeof unwrap<{ data: readonly { id: string; projectIds: unknown }[] }>>[0],
): string {
  return unwrap(page).data.find(({ projectIds }) => projectIds === 'ALL')?.id ?? ''
}

describe('a task', () => {
  test('R-15: does not become DONE from NEEDS_APPROVAL without a deliverable', async () => {
    const { h, ann } = await scene()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const payload = { to: 'REVIEW' }
    const justification = 'a person must look'
    unwrap(
      await worker.client.approvals.request({ taskId, epoch, actionType: 'STATE_TRANSITION', payload, justification }),
    )
    expect(codeOf(await ann.tasks.transition({ taskId, to: 'DONE', reason: 'looks fine' }))).toBe('TRANSITION_REFUSED')
    // Not even the system, which alone may make this move.
    const refused = await h.mc.system.tasks.transition({ projectId: h.projectId, taskId, to: 'DONE', reason: 'x' })
    expect(codeOf(refused)).toBe('TRANSITION_REFUSED')
    expect(fieldsOf(refused)).toContain('deliverable')
    expect(await taskOf(h, taskId)).toMatchObject({ status: 'NEEDS_APPROVAL', deliverable: null, completedAt: null })
    // A yes to something else brings it back to work, and no further.
    const [asked] = unwrap(await ann.approvals.list({ status: 'PENDING' })).data
    unwrap(await ann.approvals.decide({ approvalId: asked?.id ?? '', verdict: 'APPROVE', reason: 'yes' }))
    expect((await taskOf(h, taskId)).status).toBe('IN_PROGRESS')
  })
})

describe('secrets', () => {
  test('R-11: are returned once, when they are issued, and never by any list, read or replay', async () => {
    const { h, ann, storage } = await scene()
    const worker = await h.agent()
    await submittedTask(h, worker)
    const key = { idempotencyKey: 'issue-1' }
    const input = { principalId: worker.principalId }
    const issued = unwrap(await h.admin.keys.issue(input, key))
    const secrets = [worker.key, h.adminKey, issued.key].map((text) => String(text).split('_').at(-1) ?? '')
    expect(secrets.every((secret) => secret.length >= 20)).toBe(true)
    const reads = {
      replay: await h.admin.keys.issue(input, key),
      keys: await h.admin.keys.list({ limit: 200 }),
      principals: await h.admin.principals.list({ limit: 200 }),
      agents: await ann.agents.list({ limit: 200 }),
      events: await ann.events.list({ limit: 200 }),
      permissions: await ann.reports.permissions({}),
      log: await storage.readEvents({ after: null, limit: 200 }),
    }
    const text = JSON.stringify(reads)
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    expect(text).not.toContain('secretHash')
    expect(PLAN.bullets).toHaveLength(3)
  })
})
