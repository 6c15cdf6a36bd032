import { createAgent } from '@mission-control/core'
import { expectEqual } from '../conformance/expect.ts'
import { type ContractCase, newAgent, newTask, PLAN } from './contract-case.ts'

/** What goes on over time: a stream, and an agent at work. */
export const lifeCases: readonly ContractCase[] = [
  {
    id: 'life:events',
    behaviour: 'hands on what happens, in order, to whoever watches',
    run: async (harness) => {
      const stop = new AbortController()
      const { client } = await newAgent(harness)
      const before = await harness.admin.events.list({ limit: 1, newestFirst: true })
      const after = before.ok ? before.data.data[0]?.cursor : undefined
      const taskId = await newTask(harness)
      await client.tasks.claim({ taskId, workPlan: PLAN })
      const kinds: string[] = []
      const request = { signal: stop.signal, ...(after === undefined ? {} : { after }) }
      for await (const event of harness.admin.watch(request)) {
        if (event.taskId === taskId) kinds.push(event.kind)
        if (event.kind === 'TASK_TRANSITION' && event.taskId === taskId) break
      }
      stop.abort()
      expectEqual(kinds[0], 'TASK_CREATED', 'the first thing told')
    },
  },
  {
    id: 'life:agent',
    behaviour: 'carries an agent through a task: it claims, reports, hands in',
    run: async (harness) => {
      const { client, id } = await newAgent(harness)
      const { admin } = harness
      const found = await admin.agents.get({ agentId: id })
      if (!found.ok) throw new Error(found.error.detail)
      const taskId = await newTask(harness)
      const assigned = await admin.tasks.assign({ taskId, assigneeIds: [id], expectedVersion: 1 })
      if (!assigned.ok) throw new Error(assigned.error.detail)
      const agent = createAgent(client, {
        name: found.data.agent.name,
        plan: () => [...PLAN.bullets],
        handler: async (_, context) => {
          await context.progress('half')
          await context.usage({ label: 'work', costMicros: 1_200 })
          return 'done'
        },
      })
      expectEqual(await agent.step(), { directive: 'CONTINUE', taskId, outcome: 'submitted' }, 'the step')
      const task = await admin.tasks.get({ taskId })
      expectEqual(task.ok && task.data.status, 'REVIEW', 'where it is')
      const runs = await admin.runs.list({ taskId })
      expectEqual(runs.ok && runs.data.data.map(({ billedMicros }) => billedMicros), [1_200], 'what it cost')
    },
  },
]
