import { createMemoryStorage } from '@mission-control/adapter-memory'
import { CHECKLISTS, OPERATIONS, type Outcome, redactText, unwrap, webhookSecrets } from '@mission-control/core'
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

/** Commands that take text which is no words of anybody. */
const NO_WORDS = [
  // A policy is configuration: it must say exactly what it says, or it would forbid something else.
  'policies.draft',
  'policies.draftGlobal',
  // Words of the host about itself: its executors, its probes, where its jobs stand.
  'executors.register',
  'alerts.sweep',
  'jobs.finish',
  'backups.record',
  'telegram.noteTurn',
  // What it says is what the log says, where it is redacted already.
  'webhooks.queue',
  // A code, of which a hash is kept.
  'telegram.pair',
  // Ids: of a project, and of a model call, by which its report finds the hold.
  'keys.issue',
  'runs.hold',
]

/** Whether a text or any JSON may be given somewhere in an input: more than an id, a choice or a number. */
function takesWords(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  const node = schema as Readonly<Record<string, unknown>>
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (node[key] as unknown[] | undefined) ?? [])
  const inner = [...Object.values(node.properties ?? {}), node.items, node.additionalProperties, ...parts]
  if (inner.some(takesWords)) return true
  const isAnything = Object.keys(node).filter((key) => key !== 'default').length === 0
  return isAnything || (node.type === 'string' && !('pattern' in node) && !('enum' in node) && !('const' in node))
}

/** What the registry says: every command that takes words, from its own schema. */
function commandsWithWords(): string[] {
  return [...OPERATIONS.values()].flatMap((operation) => {
    if (operation.type !== 'command') return []
    const schema = operation.command.input.toJSONSchema({ io: 'input', unrepresentable: 'any' })
    return takesWords(schema) && !NO_WORDS.includes(operation.name) ? [operation.name] : []
  })
}

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
  /** Commands that were accepted: their receipt went into the store with what they wrote. */
  const accepted = () =>
    new Set(
      commits.flatMap(({ receipt }) =>
        (receipt?.receipt.response as { ok?: unknown } | undefined)?.ok === true ? [receipt?.key.command] : [],
      ),
    )
  return { storage, accepted, count: () => commits.length, text: () => JSON.stringify(commits) }
}

describe('what is written', () => {
  test('R-86: a secret in any words of any command is in no record, event, receipt or notification', async () => {
    const record = recorded()
    const { h, ann } = await scene({
      storage: (clock) => record.storage(createMemoryStorage({ clock })),
      oneTimeCodes: { verify: () => Promise.resolve(1) },
      webhooks: { secrets: webhookSecrets({ keyId: 'k1', keys: { k1: new Uint8Array(32).fill(7) } }) },
    })
    const planted = new Map<string, string>()
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
    const walk = async <T>(call: Call<T>): Promise<T> => {
      const outcome = await call({ idempotencyKey: `walk-${++keys}` })
      answers.push(JSON.stringify(outcome))
      return unwrap(outcome)
    }

    const worker = await h.agent({ name: 'Worker', workspacePath: '/srv/worker' })
    const lead = await h.agent({ name: 'Lead', role: 'LEAD', isCao: true })
    await walk((key) =>
      h.admin.projects.create({ name: 'Other', slug: 'other', description: words('project.description') }, key),
    )
    await walk((key) =>
      h.admin.projects.update({ description: words('project.update'), metadata: { note: 'plain' } }, key),
    )
    const { principal: bob } = await walk((key) =>
      h.admin.principals.create({ displayName: 'Bob', role: 'OPERATOR', projectIds: [h.projectId] }, key),
    )
    const bobs = await h.mc.as(bob.id)
    unwrap(await bobs.principals.enrollSecondFactor({}, { oneTimeCode: '1' }))
    await walk((key) =>
      h.admin.principals.resetSecondFactor({ principalId: bob.id, reason: words('second.factor') }, key),
    )
    const spare = unwrap(await h.admin.keys.issue({ principalId: bob.id }))
    await walk((key) => h.admin.keys.revoke({ credentialId: spare.credentialId, reason: words('revoke') }, key))
    await walk((key) => h.admin.agents.register({ name: 'Third' }, key))
    await walk((key) =>
      worker.client.agents.heartbeat(
        { sessionKey: 's', health: 'HEALTHY', currentTaskId: null, error: { message: words('heartbeat.error') } },
        key,
      ),
    )
    await walk((key) =>
      worker.client.agents.putDocument({ agentId: worker.id, type: 'WORKING_MD', content: words('working') }, key),
    )
    const task = await walk((key) =>
      ann.tasks.create({ title: words('task.title'), type: 'DOCS', description: words('task.description') }, key),
    )
    const taskId = task.id
    await walk((key) =>
      ann.tasks.update({ taskId, title: words('update.title'), description: words('update.description') }, key),
    )
    const plan = (field: string) => ({ bullets: [words(`${field}.0`), words(`${field}.1`), 'check'] })
    const { epoch } = await walk((key) => worker.client.tasks.claim({ taskId }, key))
    await walk((key) => worker.client.tasks.start({ taskId, epoch, workPlan: plan('start.plan') }, key))
    const message = await walk((key) =>
      worker.client.messages.post(
        {
          taskId,
          content: `@Lead @operator ${words('message')}`,
          artifacts: [{ name: words('artifact.name'), type: 'EVIDENCE', url: words('artifact.url') }],
        },
        key,
      ),
    )
    await walk((key) => worker.client.messages.edit({ messageId: message.id, content: `@Lead ${words('edit')}` }, key))
    const thread = unwrap(await worker.client.threads.open({ agentId: lead.id }))
    await walk((key) => worker.client.threads.post({ threadId: thread.id, content: words('direct') }, key))
    await walk((key) => ann.threads.unblock({ threadId: thread.id, reason: words('unblock') }, key))
    await walk((key) =>
      worker.client.documents.create(
        { taskId, epoch, name: words('document.name'), type: 'EVIDENCE', content: words('document') },
        key,
      ),
    )
    const { run } = await walk((key) => worker.client.runs.start({ taskId, epoch, sessionKey: 's', model: MODEL }, key))
    await walk((key) =>
      worker.client.runs.report(
        { runId: run.id, lines: [{ callId: 'c', label: words('usage.label'), costMicros: 10 }] } as never,
        key,
      ),
    )
    const short = unwrap(await worker.client.runs.start({ taskId, epoch, sessionKey: 't', model: MODEL }))
    await walk((key) =>
      worker.client.runs.complete(
        { runId: short.run.id, lines: [{ callId: 'd', label: words('last.label'), costMicros: 10 }] } as never,
        key,
      ),
    )
    const call = { sessionKey: 's', taskId, epoch, runId: run.id } as const
    const secretInput = { path: 'src/a.md', content: words('gate.input') }
    await walk((key) => worker.client.toolCalls.gate({ ...call, tool: 'write_file', input: secretInput }, key))
    for (const [tool, named] of [
      ['exec', { command: `curl -H "Authorization: Bearer ${words('gate.header')}" https://example.com` }],
      ['exec', { command: `echo ${words('gate.echo')} | sh` }],
      [words('gate.tool'), { path: 'src/a.md' }],
      ['read_file', { path: `/etc/${words('gate.path')}` }],
      ['http_request', { url: `https://example.com/?token=${words('gate.url')}`, method: 'POST' }],
    ] as const) {
      await walk((key) => worker.client.toolCalls.gate({ ...call, tool, input: named }, key))
    }
    const input = { path: 'src/b.md', content: 'plain' }
    const gated = unwrap(await worker.client.toolCalls.gate({ ...call, tool: 'write_file', input }))
    const { toolCallId } = gated as { toolCallId: string }
    await walk((key) => worker.client.toolCalls.begin({ toolCallId, epoch, input }, key))
    await walk((key) =>
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
    await walk((key) => worker.client.runs.fail({ runId: run.id, error: words('run.error') }, key))
    const request = (note: string) => ({
      actionType: 'TOOL_CALL' as const,
      justification: words(`${note}.why`),
      rollbackPlan: words(`${note}.rollback`),
      payload: { tool: 'http_post', input: { url: 'https://example.com', body: words(`${note}.payload`) }, cwd: null },
    })
    const asked = await walk((key) => lead.client.approvals.request(request('request'), key))
    await walk((key) => ann.approvals.decide({ approvalId: asked.id, verdict: 'DENY', reason: words('decision') }, key))
    const second = unwrap(await lead.client.approvals.request(request('second')))
    await walk((key) =>
      ann.approvals.decideBatch({ approvalIds: [second.id], verdict: 'DENY', reason: words('batch') } as never, key),
    )
    const third = unwrap(await lead.client.approvals.request(request('third')))
    await walk((key) => lead.client.approvals.cancel({ approvalId: third.id, reason: words('cancel') }, key))

    // A life of its own for hand-over, submission, review and dispute.
    const other = unwrap(await ann.tasks.create({ title: 'x', type: 'DOCS' }))
    const mine = unwrap(await worker.client.tasks.claim({ taskId: other.id, workPlan: plan('claim.plan') }))
    const fourth = await h.agent({ name: 'Fourth' })
    const handed = await walk((key) =>
      worker.client.tasks.handover(
        { taskId: other.id, epoch: mine.epoch, toAgentId: fourth.id, reason: words('handover') },
        key,
      ),
    )
    const checklist = CHECKLISTS.DOCS.map(([key]) => ({ key, checked: false, note: words(`checklist.${key}`) }))
    await walk((key) =>
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
    const posted = await walk((key) =>
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
    const { id: disputeId } = posted.review
    const reject = (field: string) =>
      walk((key) =>
        fourth.client.reviews.respond(
          { reviewId: disputeId, answer: 'REJECT', reason: words(field), epoch: handed.epoch },
          key,
        ),
      )
    await reject('answer')
    await walk((key) =>
      lead.client.reviews.respond(
        { reviewId: disputeId, answer: 'INSIST', reason: words('insist'), evidence: words('more.evidence') },
        key,
      ),
    )
    await reject('second.answer')
    await walk((key) =>
      ann.disputes.decide({ reviewId: disputeId, verdict: 'OVERRULE', reason: words('verdict') }, key),
    )
    const change = await walk((key) =>
      ann.reviews.post(
        {
          taskId: other.id,
          verb: 'CHANGESET',
          summary: words('changes'),
          items: [{ file: words('item.file'), change: words('item.change') }],
        },
        key,
      ),
    )
    const { id: reviewId } = change.review
    await walk((key) =>
      fourth.client.reviews.resolveItem(
        { reviewId, item: 0, resolution: words('resolution'), epoch: handed.epoch },
        key,
      ),
    )

    await walk((key) =>
      fourth.client.agents.spawn(
        {
          name: 'Child',
          parentTaskId: other.id,
          purpose: words('purpose'),
          justification: words('spawn.why'),
          rollbackPlan: words('spawn.rollback'),
        },
        key,
      ),
    )
    await walk((key) => ann.tasks.transition({ taskId, to: 'BLOCKED', reason: words('block') }, key))
    await walk((key) =>
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
    await walk((key) =>
      ann.monitoring.logPerformance(
        { operation: words('operation').slice(0, 100), durationMs: 11_000, success: true },
        key,
      ),
    )
    const alert = await walk((key) =>
      ann.alerts.raise(
        { type: 'ANOMALY', severity: 'INFO', title: words('alert.title'), description: words('alert.text') },
        key,
      ),
    )
    await walk((key) => ann.alerts.ignore({ alertId: alert.id, note: words('ignore') }, key))
    await walk((key) => ann.alerts.resolve({ alertId: alert.id, note: words('resolve') }, key))
    const { system } = h.mc
    const [note] = unwrap(await h.admin.notifications.list({ limit: 1 })).data
    const lease = { projectId: h.projectId, notificationIds: [note?.id ?? ''], leaseMs: 5_000 }
    unwrap(await system.notifications.lease(lease))
    await walk((key) =>
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
    await walk((key) =>
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
    unwrap(await ann.tasks.create({ title: 'next', type: 'DOCS' }))
    await walk((key) => lead.client.tasks.claimNext({ workPlan: plan('next.plan') }, key))
    const hook = { url: 'https://receiver.example.com/hook', events: ['*'], description: words('webhook') }
    const { webhook } = await walk((key) => h.admin.webhooks.create(hook, key))
    await walk((key) => h.admin.webhooks.update({ webhookId: webhook.id, description: words('webhook.update') }, key))
    const ofHook = { projectId: h.projectId, webhookId: webhook.id }
    const messages = [{ eventId: 'evt_1', eventType: 'task.created', body: '{}' }]
    unwrap(await system.webhooks.queue({ ...ofHook, after: null, upTo: 'end', messages }))
    const [delivery] = unwrap(await h.admin.webhooks.deliveries({ webhookId: webhook.id })).data
    const deliveryIds = [delivery?.id ?? '']
    unwrap(await system.webhooks.lease({ ...ofHook, deliveryIds, leaseMs: 5_000 }))
    await walk((key) =>
      system.webhooks.settle(
        { ...ofHook, deliveryId: deliveryIds[0] ?? '', attempt: 1, status: 500, error: words('webhook.error') },
        key,
      ),
    )
    await walk((key) => ann.agents.control({ agentId: fourth.id, action: 'PAUSE', reason: words('pause') }, key))
    await walk((key) => ann.agents.controlAll({ action: 'RESUME_ALL', reason: words('resume') }, key))
    await walk((key) => h.admin.agents.retire({ agentId: fourth.id, reason: words('retire') }, key))
    const executor = unwrap(
      await h.admin.executors.register({ name: 'worker', kind: 'CURSOR', types: ['CODE_CHANGE'] }),
    )
    const hands = unwrap(await h.mc.authenticate(executor.key)).inProject(h.projectId)
    unwrap(await hands.executors.heartbeat({ executorId: executor.executor.id }))
    const ask = (payload: string) => ({ type: 'CODE_CHANGE' as const, payload: { change: words(payload) } })
    const done = await walk((key) => ann.executions.request(ask('payload'), key))
    await walk((key) =>
      hands.executions.complete({ executionId: done.id, epoch: done.epoch, result: { log: words('result') } }, key),
    )
    let lost = unwrap(await ann.executions.request(ask('other.payload')))
    while (!lost.deadLetter) {
      const error = words(`failure.${lost.attempt}`)
      lost = await walk((key) => hands.executions.fail({ executionId: lost.id, epoch: lost.epoch, error }, key))
    }
    const retried = { executionId: lost.id }
    await walk((key) => ann.executions.replay({ ...retried, reason: words('replay') }, key))
    await walk((key) => ann.executions.cancel({ ...retried, reason: words('cancel') }, key))
    const wish = { ...ask('wish'), justification: words('wish.why'), rollbackPlan: words('wish.rollback') }
    const before = record.count()
    answers.push(JSON.stringify(await worker.client.executions.request(wish)))
    expect(record.count(), 'a refusal that asks is written').toBeGreaterThan(before)
    await walk((key) => ann.projects.setOperatorMode({ mode: 'PAUSED', reason: words('mode') }, key))
    await walk((key) => h.admin.system.setOperatorMode({ mode: 'NORMAL', reason: words('system.mode') }, key))
    await walk((key) => ann.projects.emergencyStop({ reason: words('stop') }, key))
    await walk((key) => h.admin.projects.archive({ reason: words('archive') }, key))

    const accepted = record.accepted()
    expect(commandsWithWords().filter((name) => !accepted.has(name))).toEqual([])

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
