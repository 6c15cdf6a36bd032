import { createMemoryStorage } from '@mission-control/adapter-memory'
import { CHECKLISTS, OPERATIONS, type Outcome, redactText, unwrap } from '@mission-control/core'
import type { Commit, Storage } from '@mission-control/core/storage'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MODEL, scene } from './scene.ts'

const ALPHABET = 'ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789'

/** A token of a known shape, another one for each name, so that a leak names its field. */
function secretFor(name: string): string {
  let state = 2_166_136_261
  for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619) >>> 0
  let token = ''
  while (token.length < 36) {
    state = Math.imul(state ^ (state >>> 13), 1_540_483_477) >>> 0
    token += ALPHABET[state % ALPHABET.length] ?? 'x'
  }
  return `ghp_${token}`
}

/** Commands that take no words of anybody, or only the words of the host about itself. */
const WORDLESS = [
  'agents.endBudgetPause',
  'agents.markOffline',
  'alerts.acknowledge',
  'alerts.closeBudget',
  'alerts.closeUnpriced',
  'alerts.sweep',
  'approvals.closeOverride',
  'approvals.escalate',
  'approvals.expire',
  'budgets.set',
  'budgets.watch',
  'executions.heartbeat',
  'executions.settle',
  'executions.start',
  'executors.heartbeat',
  'executors.register',
  'jobs.finish',
  'jobs.take',
  'keys.issue',
  'keys.revoke',
  'keys.rotate',
  'notifications.ack',
  'notifications.close',
  'notifications.lease',
  'notifications.replay',
  'policies.activate',
  'policies.activateGlobal',
  // A policy is configuration: it must say exactly what it says, or it would forbid something else.
  'policies.draft',
  'policies.draftGlobal',
  'principals.enrollSecondFactor',
  'principals.resetSecondFactor',
  'projects.stopRuns',
  'runs.complete',
  'runs.hold',
  'runs.releaseHolds',
  'runs.timeOut',
  'tasks.assign',
  'tasks.lapse',
  'tasks.release',
  'tasks.subscribe',
  'tasks.sweepLoops',
  'tasks.unsubscribe',
  'threads.ack',
  'threads.open',
]

/** Everything that is handed to the store, receipts included, as one text. */
function recorded() {
  const commits: Commit[] = []
  const storage = (inner: Storage): Storage =>
    new Proxy(inner, {
      get: (target, name) => {
        if (name === 'commit') {
          return (commit: Commit) => {
            commits.push(commit)
            return target.commit(commit)
          }
        }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { storage, text: () => JSON.stringify(commits) }
}

describe('what is written', () => {
  test('R-86: a secret in any words of any command is in no record, event, receipt or notification', async () => {
    const record = recorded()
    const { h, ann } = await scene({ storage: (clock) => record.storage(createMemoryStorage({ clock })) })
    const planted = new Map<string, string>()
    const walked = new Set<string>()
    const answers: string[] = []
    let keys = 0

    /** A sentence with a secret of its own, for a field. */
    const words = (field: string) => {
      const secret = secretFor(field)
      planted.set(field, secret)
      return `see ${secret} there`
    }
    type Call<T> = (context: { idempotencyKey: string }) => Promise<Outcome<T>>
    /** Makes a call with a key, so that there is a receipt, and keeps what it answered. */
    const walk = async <T>(name: string, call: Call<T>): Promise<T> => {
      const outcome = await call({ idempotencyKey: `walk-${++keys}` })
      answers.push(JSON.stringify(outcome))
      walked.add(name)
      return unwrap(outcome)
    }

    const worker = await h.agent({ name: 'Worker', workspacePath: '/srv/worker' })
    const lead = await h.agent({ name: 'Lead', role: 'LEAD', isCao: true })
    await walk('projects.create', (key) =>
      h.admin.projects.create({ name: 'Other', slug: 'other', description: words('project.description') }, key),
    )
    await walk('principals.create', (key) =>
      h.admin.principals.create({ displayName: 'Bob', role: 'VIEWER', projectIds: [h.projectId] }, key),
    )
    await walk('agents.register', (key) => h.admin.agents.register({ name: 'Third' }, key))
    await walk('agents.heartbeat', (key) =>
      worker.client.agents.heartbeat(
        { sessionKey: 's', health: 'HEALTHY', currentTaskId: null, error: { message: words('heartbeat.error') } },
        key,
      ),
    )
    await walk('agents.putDocument', (key) =>
      worker.client.agents.putDocument({ agentId: worker.id, type: 'WORKING_MD', content: words('working') }, key),
    )
    const task = await walk('tasks.create', (key) =>
      ann.tasks.create({ title: words('task.title'), type: 'DOCS', description: words('task.description') }, key),
    )
    const taskId = task.id
    await walk('tasks.update', (key) =>
      ann.tasks.update({ taskId, title: words('update.title'), description: words('update.description') }, key),
    )
    const plan = (field: string) => ({ bullets: [words(`${field}.0`), words(`${field}.1`), 'check'] })
    const { epoch } = await walk('tasks.claim', (key) => worker.client.tasks.claim({ taskId }, key))
    await walk('tasks.start', (key) => worker.client.tasks.start({ taskId, epoch, workPlan: plan('start.plan') }, key))
    const message = await walk('messages.post', (key) =>
      worker.client.messages.post(
        {
          taskId,
          content: `@Lead @operator ${words('message')}`,
          artifacts: [{ name: words('artifact.name'), type: 'EVIDENCE', url: words('artifact.url') }],
        },
        key,
      ),
    )
    await walk('messages.edit', (key) =>
      worker.client.messages.edit({ messageId: message.id, content: `@Lead ${words('edit')}` }, key),
    )
    const thread = unwrap(await worker.client.threads.open({ agentId: lead.id }))
    await walk('threads.post', (key) =>
      worker.client.threads.post({ threadId: thread.id, content: words('direct') }, key),
    )
    await walk('threads.unblock', (key) => ann.threads.unblock({ threadId: thread.id, reason: words('unblock') }, key))
    await walk('documents.create', (key) =>
      worker.client.documents.create(
        { taskId, epoch, name: words('document.name'), type: 'EVIDENCE', content: words('document') },
        key,
      ),
    )
    const { run } = await walk('runs.start', (key) =>
      worker.client.runs.start({ taskId, epoch, sessionKey: 's', model: MODEL }, key),
    )
    await walk('runs.report', (key) =>
      worker.client.runs.report(
        { runId: run.id, lines: [{ callId: 'c', label: words('usage.label'), costMicros: 10 }] } as never,
        key,
      ),
    )
    const call = { sessionKey: 's', taskId, epoch, runId: run.id } as const
    const secretInput = { path: 'src/a.md', content: words('gate.input') }
    await walk('toolCalls.gate', (key) =>
      worker.client.toolCalls.gate({ ...call, tool: 'write_file', input: secretInput }, key),
    )
    for (const [tool, named] of [
      ['exec', { command: `curl -H "Authorization: Bearer ${words('gate.header')}" https://example.com` }],
      ['exec', { command: `echo ${words('gate.echo')} | sh` }],
      ['read_file', { path: `/etc/${words('gate.path')}` }],
      ['http_request', { url: `https://example.com/?token=${words('gate.url')}`, method: 'POST' }],
    ] as const) {
      const context = { idempotencyKey: `gate-${++keys}` }
      const asked = await worker.client.toolCalls.gate({ ...call, tool, input: named }, context)
      answers.push(JSON.stringify({ isOk: asked.ok }))
    }
    const input = { path: 'src/b.md', content: 'plain' }
    const gated = unwrap(await worker.client.toolCalls.gate({ ...call, tool: 'write_file', input }))
    const { toolCallId } = gated as { toolCallId: string }
    await walk('toolCalls.begin', (key) => worker.client.toolCalls.begin({ toolCallId, epoch, input }, key))
    await walk('toolCalls.end', (key) =>
      worker.client.toolCalls.end(
        { toolCallId, epoch, status: 'FAILED', output: { text: words('output') }, error: words('call.error') },
        key,
      ),
    )
    unwrap(
      await worker.client.toolCalls.gate({
        ...call,
        tool: 'transfer_funds',
        input: { note: words('red.input') },
        justification: words('red.why'),
        rollbackPlan: words('red.rollback'),
      }),
    )
    await walk('runs.fail', (key) => worker.client.runs.fail({ runId: run.id, error: words('run.error') }, key))
    const request = (note: string) => ({
      actionType: 'TOOL_CALL' as const,
      justification: words(`${note}.why`),
      rollbackPlan: words(`${note}.rollback`),
      payload: { tool: 'http_post', input: { url: 'https://example.com', body: words(`${note}.payload`) }, cwd: null },
    })
    const asked = await walk('approvals.request', (key) => lead.client.approvals.request(request('request'), key))
    await walk('approvals.decide', (key) =>
      ann.approvals.decide({ approvalId: asked.id, verdict: 'DENY', reason: words('decision') }, key),
    )
    const second = unwrap(await lead.client.approvals.request(request('second')))
    await walk('approvals.decideBatch', (key) =>
      ann.approvals.decideBatch({ approvalIds: [second.id], verdict: 'DENY', reason: words('batch') } as never, key),
    )
    const third = unwrap(await lead.client.approvals.request(request('third')))
    await walk('approvals.cancel', (key) =>
      lead.client.approvals.cancel({ approvalId: third.id, reason: words('cancel') }, key),
    )

    // A life of its own for hand-over, submission, review and dispute.
    const other = unwrap(await ann.tasks.create({ title: 'x', type: 'DOCS' }))
    const mine = unwrap(await worker.client.tasks.claim({ taskId: other.id, workPlan: plan('claim.plan') }))
    const fourth = await h.agent({ name: 'Fourth' })
    const handed = await walk('tasks.handover', (key) =>
      worker.client.tasks.handover(
        { taskId: other.id, epoch: mine.epoch, toAgentId: fourth.id, reason: words('handover') },
        key,
      ),
    )
    const checklist = CHECKLISTS.DOCS.map(([key]) => ({ key, checked: false, note: words(`checklist.${key}`) }))
    await walk('tasks.complete', (key) =>
      fourth.client.tasks.complete(
        {
          taskId: other.id,
          epoch: handed.epoch,
          deliverable: { summary: words('summary'), content: words('deliverable') },
          checklist,
        },
        key,
      ),
    )
    const posted = await walk('reviews.post', (key) =>
      lead.client.reviews.post(
        {
          taskId: other.id,
          verb: 'REFUTE',
          summary: words('review'),
          claim: words('claim'),
          evidence: words('evidence'),
          severity: 'MAJOR',
        },
        key,
      ),
    )
    await walk('reviews.respond', (key) =>
      fourth.client.reviews.respond(
        {
          reviewId: posted.review.id,
          answer: 'REJECT',
          reason: words('answer'),
        } as never,
        key,
      ),
    )
    walked.add('disputes.decide')
    const dispute = await ann.disputes.decide({
      reviewId: posted.review.id,
      verdict: 'DISMISS',
      reason: words('verdict'),
    } as never)
    answers.push(JSON.stringify(dispute))
    const change = await ann.reviews.post({
      taskId: other.id,
      verb: 'CHANGESET',
      summary: words('changes'),
      items: [{ file: words('item.file'), change: words('item.change') }],
    })
    answers.push(JSON.stringify(change))
    const reviewId = change.ok ? change.data.review.id : posted.review.id
    const resolved = await fourth.client.reviews.resolveItem({ reviewId, item: 0, resolution: words('resolution') })
    walked.add('reviews.resolveItem')
    answers.push(JSON.stringify(resolved))

    const spawned = await worker.client.agents.spawn({
      name: 'Child',
      parentTaskId: taskId,
      purpose: words('purpose'),
      justification: words('spawn.why'),
      rollbackPlan: words('spawn.rollback'),
    })
    answers.push(JSON.stringify({ ...spawned, data: null }))
    walked.add('agents.spawn')
    await walk('tasks.transition', (key) =>
      ann.tasks.transition({ taskId, to: 'BLOCKED', reason: words('block') }, key),
    )
    await walk('monitoring.logError', (key) =>
      ann.monitoring.logError(
        {
          source: words('error.source').slice(0, 100),
          errorType: 'CRITICAL',
          message: words('error.message'),
          stack: words('error.stack'),
          context: { note: words('error.context') },
        },
        key,
      ),
    )
    await walk('monitoring.logPerformance', (key) =>
      ann.monitoring.logPerformance(
        { operation: words('operation').slice(0, 100), durationMs: 11_000, success: true },
        key,
      ),
    )
    const alert = await walk('alerts.raise', (key) =>
      ann.alerts.raise(
        { type: 'ANOMALY', severity: 'INFO', title: words('alert.title'), description: words('alert.text') },
        key,
      ),
    )
    await walk('alerts.ignore', (key) => ann.alerts.ignore({ alertId: alert.id, note: words('ignore') }, key))
    await walk('alerts.resolve', (key) => ann.alerts.resolve({ alertId: alert.id, note: words('resolve') }, key))
    const { system } = h.mc
    const [note] = unwrap(await h.admin.notifications.list({ limit: 1 })).data
    const lease = { projectId: h.projectId, notificationIds: [note?.id ?? ''], leaseMs: 5_000 }
    unwrap(await system.notifications.lease(lease))
    await walk('notifications.settle', (key) =>
      system.notifications.settle(
        {
          projectId: h.projectId,
          notificationId: note?.id ?? '',
          attempt: 1,
          result: { status: 'FAILED', error: words('delivery'), statusCode: 400, retryAfterMs: null },
        },
        key,
      ),
    )
    await walk('reports.record', (key) =>
      system.reports.record(
        {
          projectId: h.projectId,
          report: 'STANDUP',
          date: '2025-10-09',
          projectName: 'Test',
          markdown: words('report'),
        } as never,
        key,
      ),
    )
    await walk('agents.control', (key) =>
      ann.agents.control({ agentId: fourth.id, action: 'PAUSE', reason: words('pause') }, key),
    )
    await walk('agents.controlAll', (key) =>
      ann.agents.controlAll({ action: 'RESUME_ALL', reason: words('resume') }, key),
    )
    await walk('agents.retire', (key) => h.admin.agents.retire({ agentId: fourth.id, reason: words('retire') }, key))
    const executor = unwrap(
      await h.admin.executors.register({ name: 'worker', kind: 'CURSOR', types: ['CODE_CHANGE'] }),
    )
    const hands = unwrap(await h.mc.authenticate(executor.key)).inProject(h.projectId)
    unwrap(await hands.executors.heartbeat({ executorId: executor.executor.id }))
    const ask = (payload: string) => ({ type: 'CODE_CHANGE' as const, payload: { change: words(payload) } })
    const done = await walk('executions.request', (key) => ann.executions.request(ask('payload'), key))
    await walk('executions.complete', (key) =>
      hands.executions.complete({ executionId: done.id, epoch: done.epoch, result: { log: words('result') } }, key),
    )
    let lost = unwrap(await ann.executions.request(ask('other.payload')))
    while (!lost.deadLetter) {
      const error = words(`failure.${lost.attempt}`)
      lost = await walk('executions.fail', (key) =>
        hands.executions.fail({ executionId: lost.id, epoch: lost.epoch, error }, key),
      )
    }
    const retried = { executionId: lost.id }
    await walk('executions.replay', (key) => ann.executions.replay({ ...retried, reason: words('replay') }, key))
    await walk('executions.cancel', (key) => ann.executions.cancel({ ...retried, reason: words('cancel') }, key))
    const wish = { ...ask('wish'), justification: words('wish.why'), rollbackPlan: words('wish.rollback') }
    answers.push(JSON.stringify(await fourth.client.executions.request(wish)))
    await walk('projects.setOperatorMode', (key) =>
      ann.projects.setOperatorMode({ mode: 'PAUSED', reason: words('mode') }, key),
    )
    await walk('system.setOperatorMode', (key) =>
      h.admin.system.setOperatorMode({ mode: 'NORMAL', reason: words('system.mode') }, key),
    )
    await walk('projects.emergencyStop', (key) => ann.projects.emergencyStop({ reason: words('stop') }, key))
    await walk('projects.archive', (key) => h.admin.projects.archive({ reason: words('archive') }, key))

    const commands = [...OPERATIONS.values()].flatMap(({ type, name }) => (type === 'command' ? [name] : []))
    expect(commands.filter((name) => !walked.has(name) && !WORDLESS.includes(name))).toEqual([])

    const everything = `${record.text()}\n${answers.join('\n')}`
    const leaked = [...planted].filter(([, secret]) => everything.includes(secret)).map(([field]) => field)
    expect(leaked).toEqual([])
    expect(everything).toContain('see ')
    expect(planted.size).toBeGreaterThan(60)
  })
})

describe('redaction of any text', () => {
  const secret = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 1, maxLength: 20 }).map(secretFor)
  const around = fc.string({ unit: fc.constantFrom(...'abc XYZ.,;:!?\n\t"\'`()[]{}<>=/\\-_@#é漢😀'), maxLength: 40 })

  test('R-47: is complete: no planted token is left, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(around, secret), { minLength: 1, maxLength: 5 }), around, (parts, end) => {
        // A token glued to a word is another word; between words it is a token.
        const text = parts.map(([before, token]) => `${before} ${token} `).join('') + end
        const redacted = redactText(text)
        return parts.every(([, token]) => !redacted.includes(token))
      }),
      { numRuns: 500 },
    )
  })

  test('is idempotent: what was redacted once is not changed by doing it again', () => {
    const keyed = fc.tuple(
      fc.constantFrom(
        'password=',
        'api_key: ',
        'Authorization: Bearer ',
        'token="',
        "secret='",
        'AWS_SECRET_ACCESS_KEY=',
      ),
      fc.string({ unit: fc.constantFrom(...ALPHABET, '/', '+', '='), maxLength: 48 }),
    )
    const piece = fc.oneof(
      around,
      secret,
      fc.string({ unit: 'binary', maxLength: 30 }),
      keyed.map((pair) => pair.join('')),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const once = redactText(pieces.join(' ').toWellFormed())
        return redactText(once) === once
      }),
      { numRuns: 1000 },
    )
  })
})
