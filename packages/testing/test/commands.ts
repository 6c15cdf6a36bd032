// Random commands for model-based tests. A command names its parts by number; what the numbers stand for follows from
// what is there when it runs, so that any sequence can be run and shrunk.
import {
  CHECKLISTS,
  type MissionControlClient,
  type Outcome,
  TASK_STATUSES,
  type Task,
  unwrap,
} from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import fc from 'fast-check'
import type { TestAgent, TestHarness } from '../src/index.ts'

const PLAN = { bullets: ['read', 'write', 'check'] }
const MODEL = 'known-model'
const PRICE = { provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }
const MINUTE_MS = 60_000
const VERBS = ['APPROVE', 'CHANGESET', 'PRAISE', 'REFUTE'] as const
const ACTIONS = ['PAUSE', 'RESUME', 'DRAIN', 'QUARANTINE', 'LIFT', 'RESTART'] as const
const KINDS = [
  ...['create', 'claim', 'claim', 'claimAndStart', 'claimAndStart', 'start', 'complete', 'complete', 'complete'],
  ...['transition', 'transition', 'review', 'review', 'decide', 'decide', 'decide', 'assign', 'handover', 'gate'],
  ...[
    'runStart',
    'runStart',
    'runReport',
    'runReport',
    'runComplete',
    'beat',
    'advance',
    'control',
    'finish',
    'finish',
    'resolve',
  ],
] as const

export interface Command {
  readonly kind: (typeof KINDS)[number]
  /** Who, on what, and how; each is taken modulo what there is. */
  readonly who: number
  readonly on: number
  readonly how: number
  /** Whether it comes with an epoch from before. */
  readonly isStale: boolean
}

export function commandArbitrary(): fc.Arbitrary<Command> {
  const number = fc.nat({ max: 63 })
  return fc.record({
    kind: fc.constantFrom(...KINDS),
    who: number,
    on: number,
    how: number,
    isStale: fc.integer({ min: 0, max: 9 }).map((n) => n < 2),
  })
}

/** One installation with people and agents in which commands are run. */
export interface World {
  readonly h: TestHarness
  readonly storage: Storage
  readonly agents: readonly TestAgent[]
  readonly people: readonly MissionControlClient[]
  /** Every epoch a task has had that somebody was told of, oldest first. */
  readonly epochs: Map<string, number[]>
  run(command: Command): Promise<Ran>
}

export interface Ran {
  readonly code: string
  readonly taskId: string | null
  readonly agentId: string | null
  /** The epoch the command came with. */
  readonly epoch: number | null
}

/** Sets up two specialists, a lead, a reviewer and two operators, with little money, and two tasks. */
export async function world(h: TestHarness, storage: Storage): Promise<World> {
  const content = { prices: { models: [PRICE], fallback: null } }
  const draft = unwrap(await h.admin.policies.draft({ name: 'money', content }))
  unwrap(await h.admin.policies.activate({ policyId: draft.id }))
  unwrap(await h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: h.projectId, capMicros: 4_000_000 }))
  const caps = { budgetDailyMicros: 2_000_000, budgetPerRunMicros: 600_000, heartbeatIntervalMs: 300_000 }
  const agents = [
    await h.agent({ ...caps, name: 'One' }),
    await h.agent({ ...caps, name: 'Two' }),
    await h.agent({ ...caps, name: 'Lead', role: 'LEAD' }),
  ]
  const people = [h.admin, await h.operator('Ann'), await h.operator('Bob')]
  for (let n = 0; n < 2; n++) unwrap(await h.admin.tasks.create({ title: `Task ${n}`, type: 'DOCS' }))
  const epochs = new Map<string, number[]>()
  const made: World = { h, storage, agents, people, epochs, run: (command) => run(made, command) }
  return made
}

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items.length === 0 ? undefined : items[at % items.length]
}

/** By id, because rows of one moment have no other order that every store keeps. */
async function rowsOf<T extends { id: string }>(page: Promise<Outcome<{ data: readonly T[] }>>): Promise<T[]> {
  return [...unwrap(await page).data].sort((one, other) => (one.id < other.id ? -1 : 1))
}

async function run(w: World, command: Command): Promise<Ran> {
  const tasks = await rowsOf(w.h.admin.tasks.list({ limit: 200 }))
  const task = pick(tasks, command.on)
  const agent = pick(w.agents, command.who) as TestAgent
  // Whoever holds the task comes more often than chance would have it.
  const holder = command.how % 4 === 0 ? undefined : w.agents.find(({ id }) => id === task?.claim?.agentId)
  const acting = holder ?? agent
  const known = task === undefined ? [] : (w.epochs.get(task.id) ?? [])
  if (task !== undefined && task.claim !== null && known.at(-1) !== task.epoch) known.push(task.epoch)
  if (task !== undefined) w.epochs.set(task.id, known)
  const epoch = command.isStale ? (known[0] ?? null) : (task?.claim?.epoch ?? null)
  const outcome = await act(w, command, { task, acting, epoch })
  return {
    code: outcome === null ? 'none' : outcome.ok ? 'ok' : outcome.error.code,
    taskId: task?.id ?? null,
    agentId: acting.id,
    epoch,
  }
}

interface Parts {
  readonly task: Task | undefined
  readonly acting: TestAgent
  readonly epoch: number | null
}

async function act(w: World, command: Command, parts: Parts): Promise<Outcome<unknown> | null> {
  const { h } = w
  const { kind, how, who, on } = command
  const { task, acting, epoch } = parts
  const human = pick(w.people, who) as MissionControlClient
  const { client } = acting
  if (kind === 'create') return human.tasks.create({ title: `Task ${on}`, type: 'DOCS' })
  if (kind === 'beat') {
    const health = how % 5 === 0 ? 'ERROR' : 'IDLE'
    const { ok, ...reply } = await client.agents.heartbeat({ sessionKey: 's', health, currentTaskId: null })
    return ok ? { ok, data: null } : ({ ok, ...reply } as Outcome<unknown>)
  }
  if (kind === 'finish') return finish(w, command, client)
  if (kind === 'advance') {
    await h.advance((1 + (how % 16)) * MINUTE_MS)
    return null
  }
  if (kind === 'control') {
    const action = pick(ACTIONS, on % 3 === 0 ? on : 1) as (typeof ACTIONS)[number]
    return human.agents.control({ agentId: acting.id, action, reason: 'a look' })
  }
  if (kind === 'decide') {
    const pending = await rowsOf(h.admin.approvals.list({ status: 'PENDING', limit: 200 }))
    const approval = pick(pending, on)
    if (approval === undefined) return null
    const verdict = how % 4 === 0 ? 'DENY' : 'APPROVE'
    const decider = who % 5 === 0 ? client : human
    return decider.approvals.decide({ approvalId: approval.id, verdict, reason: 'as it is' })
  }
  if (kind === 'runReport' || kind === 'runComplete') {
    const runs = await rowsOf(h.admin.runs.list({ limit: 200 }))
    const open = runs.filter(({ status }) => status === 'RUNNING')
    const found = pick(open.length === 0 || how % 8 === 0 ? runs : open, on)
    if (found === undefined) return null
    const owner = w.agents.find(({ id }) => id === found.agentId) ?? acting
    if (kind === 'runComplete') return owner.client.runs.complete({ runId: found.id })
    const lines = [{ callId: `call-${how % 12}`, costMicros: (how % 8) * 100_000 }]
    return owner.client.runs.report({ runId: found.id, lines })
  }
  return task === undefined ? null : actOn(w, command, { task, acting, epoch })
}

/** Somebody wants to see a task DONE that has been handed in, if there is one. */
async function finish(w: World, { who, on }: Command, by: MissionControlClient): Promise<Outcome<unknown> | null> {
  const waiting = pick(await rowsOf(w.h.admin.tasks.list({ status: ['REVIEW'], limit: 200 })), on)
  if (waiting === undefined) return null
  const client = who % 4 === 0 ? by : (pick(w.people, who) as MissionControlClient)
  return client.tasks.transition({ taskId: waiting.id, to: 'DONE', reason: 'good as it is' })
}

async function actOn(
  w: World,
  { kind, how, who, on }: Command,
  { task, acting, epoch }: Parts & { task: Task },
): Promise<Outcome<unknown>> {
  const { client } = acting
  const human = pick(w.people, who) as MissionControlClient
  const taskId = task.id
  const held = epoch === null ? {} : { epoch }
  const other = pick(w.agents, who + 1) as TestAgent
  switch (kind) {
    case 'claim':
      return client.tasks.claim({ taskId })
    case 'claimAndStart':
      return client.tasks.claim({ taskId, workPlan: PLAN })
    case 'start':
      return client.tasks.start({ taskId, ...held, workPlan: PLAN })
    case 'complete':
      return client.tasks.complete({ taskId, ...held, deliverable: { content: `version ${how % 3}` } })
    case 'assign':
      return human.tasks.assign({ taskId, assigneeIds: how % 2 === 0 ? [other.id] : [acting.id, other.id] })
    case 'handover':
      return (how % 2 === 0 ? human : client).tasks.handover({
        taskId,
        toAgentId: other.id,
        reason: 'take it',
        ...held,
      })
    case 'runStart':
      return client.runs.start({
        taskId,
        ...held,
        sessionKey: 's',
        model: MODEL,
        estimatedCostMicros: 150_000 * (1 + (how % 4)),
      })
    case 'gate': {
      const call =
        how % 2 === 0
          ? { tool: 'transfer_funds', input: { amount: how } }
          : { tool: 'read_file', input: { path: 'a.ts' } }
      const why = { justification: 'it has to be done', rollbackPlan: 'undo it' }
      const { ok, ...rest } = await client.toolCalls.gate({ ...call, ...why, sessionKey: taskId, taskId, ...held })
      return { ok, ...rest } as Outcome<unknown>
    }
    case 'review':
      return review(
        how % 5 === 0 ? client : human,
        taskId,
        task,
        pick(VERBS, on % 2 === 0 ? on : 0) as (typeof VERBS)[number],
      )
    case 'resolve': {
      const [changes] = (await rowsOf(w.h.admin.reviews.list({ taskId, limit: 50 }))).filter(
        ({ verb }) => verb === 'CHANGESET',
      )
      return client.reviews.resolveItem({ reviewId: changes?.id ?? 'rev_none', item: 0, resolution: 'done', ...held })
    }
    default: {
      const to = pick(TASK_STATUSES, on + how) as Task['status']
      const deliverable = { content: `version ${how % 3}` }
      const artifacts = { workPlan: PLAN, deliverable, checklist: verified(task) }
      const named = to === 'IN_PROGRESS' || to === 'ASSIGNED' ? { assigneeIds: [acting.id] } : {}
      const move = { taskId, to, reason: 'as it is', ...artifacts, ...named }
      return who % 2 === 0 ? human.tasks.transition(move) : client.tasks.transition({ ...move, ...held })
    }
  }
}

function verified(task: Pick<Task, 'type'>) {
  return CHECKLISTS[task.type].map(([key]) => ({ key, checked: true }))
}

function review(
  by: MissionControlClient,
  taskId: string,
  task: Task,
  verb: (typeof VERBS)[number],
): Promise<Outcome<unknown>> {
  const said = { taskId, summary: `as of submission ${task.submission}` }
  if (verb === 'APPROVE') return by.reviews.post({ ...said, verb, verified: verified(task) })
  if (verb === 'CHANGESET') return by.reviews.post({ ...said, verb, items: [{ file: 'a.ts', change: 'more' }] })
  if (verb === 'REFUTE') return by.reviews.post({ ...said, verb, claim: 'wrong', evidence: 'see', severity: 'MAJOR' })
  return by.reviews.post({ ...said, verb })
}
