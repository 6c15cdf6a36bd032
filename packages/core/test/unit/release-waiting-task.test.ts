import { createMemoryStorage } from '@mission-control/adapter-memory'
import { unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { createFakeIds, createTestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'
import { releaseWaitingTask } from '../../src/commands/release-waiting-task.ts'
import type { Caller } from '../../src/decide/command.ts'
import { Engine } from '../../src/engine/execute.ts'
import { WaitingTasks } from '../../src/jobs/waiting-tasks.ts'
import { silentLogger } from '../../src/ports/logger.ts'
import { activate, codeOf, startedTask, statusOf } from './governed-task.ts'

/** The clock of this file is its own, so that its ids are. */
const START_AT = 1_780_000_000_000
const RUN = { sessionKey: 's', model: 'local' }

async function crowd() {
  let storage: Storage | undefined
  const h = await createTestHarness({
    startAt: START_AT,
    storage: (clock) => {
      storage = createMemoryStorage({ clock })
      return storage
    },
  })
  if (storage === undefined) throw new Error('the harness made no storage')
  await activate(h, { prices: { fallback: { inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 } } })
  const ids = createFakeIds({ now: () => h.clock.now() + 1 })
  const engine = new Engine({ storage, ids, logger: silentLogger })
  const system: Caller = { principalId: 'system', agentId: null, isSystem: true, key: null }
  const release = (taskId: string, caller = system) =>
    engine.execute(releaseWaitingTask, caller, { projectId: h.projectId, taskId }, {})
  return { h, release, storage }
}

/** Two tasks that wait for one override; the first agent, which ran into it, is then taken out of service. */
async function waitingPair({ h }: Awaited<ReturnType<typeof crowd>>) {
  unwrap(await h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: h.projectId, capMicros: 800_000 }))
  const [first, second] = [await h.agent({ name: 'First' }), await h.agent({ name: 'Second' })]
  const tasks = [await startedTask(h, first), await startedTask(h, second)]
  unwrap(await first.client.runs.start({ ...RUN, ...tasks[0] }))
  for (const [index, agent] of [first, second].entries()) {
    expect(codeOf(await agent.client.runs.start({ ...RUN, ...tasks[index] }))).toBe('BUDGET_EXCEEDED')
  }
  return { first, waiting: tasks[1]?.taskId ?? '' }
}

test('R-22 a round of jobs commands nothing for those who still wait, and moves those who need not', async () => {
  const scene = await crowd()
  const { first, waiting } = await waitingPair(scene)
  const { h } = scene
  expect((await h.mc.jobs.runDue()).waiting, 'both still wait').toBe(0)
  unwrap(await h.admin.agents.control({ agentId: first.id, action: 'QUARANTINE', reason: 'odd' }))
  expect((await h.mc.jobs.runDue()).waiting).toBe(1)
  expect(await statusOf(h, waiting)).toBe('IN_PROGRESS')
  expect((await h.mc.jobs.runDue()).waiting).toBe(0)
})

test('tasks that wait long hide no later ones: each round goes on where the one before stopped', async () => {
  const scene = await crowd()
  const { h, storage } = scene
  // An older task that waits for something else, and goes on waiting.
  const other = await h.agent({ name: 'Other' })
  const { taskId, epoch } = await startedTask(h, other)
  const request = { tool: 'transfer_funds', input: {}, cwd: null }
  const why = { justification: 'it has to be done', rollbackPlan: 'undo it' }
  unwrap(await other.client.approvals.request({ actionType: 'TOOL_CALL', payload: request, taskId, epoch, ...why }))
  const { first, waiting } = await waitingPair(scene)
  unwrap(await h.admin.agents.control({ agentId: first.id, action: 'QUARANTINE', reason: 'odd' }))
  const narrow = new WaitingTasks(storage, 1)
  const rounds = [await narrow.due(), await narrow.due(), await narrow.due()]
  expect(rounds.map((due) => due.map(({ id }) => id))).toEqual([[], [waiting], []])
})

test('R-22 a task whose override ended with the agent that ran into it goes on with the sweep, once', async () => {
  const { h, release } = await crowd()
  unwrap(await h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: h.projectId, capMicros: 800_000 }))
  const [first, second] = [await h.agent({ name: 'First' }), await h.agent({ name: 'Second' })]
  const tasks = [await startedTask(h, first), await startedTask(h, second)]
  unwrap(await first.client.runs.start({ ...RUN, ...tasks[0] }))
  for (const [index, agent] of [first, second].entries()) {
    expect(codeOf(await agent.client.runs.start({ ...RUN, ...tasks[index] }))).toBe('BUDGET_EXCEEDED')
  }
  const waiting = tasks[1]?.taskId ?? ''
  unwrap(await release(waiting))
  expect(await statusOf(h, waiting), 'still undecided').toBe('NEEDS_APPROVAL')
  unwrap(await h.admin.agents.control({ agentId: first.id, action: 'QUARANTINE', reason: 'odd' }))
  expect(await statusOf(h, waiting), 'nothing pending, nobody moved it').toBe('NEEDS_APPROVAL')
  for (let time = 0; time < 2; time++) unwrap(await release(waiting))
  expect(await statusOf(h, waiting)).toBe('IN_PROGRESS')
  const moves = unwrap(await h.admin.tasks.transitions({ taskId: waiting })).data
  expect(moves.filter(({ from }) => from === 'NEEDS_APPROVAL')).toHaveLength(1)
})

test('only the host itself sweeps', async () => {
  const { h, release } = await crowd()
  const agent = await h.agent({ name: 'Agent' })
  const { taskId } = await startedTask(h, agent)
  const refused = await release(taskId, {
    principalId: agent.principalId,
    agentId: agent.id,
    isSystem: false,
    key: null,
  })
  expect(codeOf(refused)).toBe('FORBIDDEN')
})
