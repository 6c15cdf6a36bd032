import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestHarness, TEST_START_AT } from '../../src/index.ts'
import { commandArbitrary, world } from '../commands.ts'
import { createTask, RUN, scene, startedTask } from './scene.ts'

const SEQUENCES = 25
const COMMANDS = 40

test('the log alone tells every state of tasks, approvals, runs and agents, whatever was done', async () => {
  let worlds = 0
  let rows = 0
  const sequences = fc.array(commandArbitrary(), { minLength: COMMANDS, maxLength: COMMANDS })
  await fc.assert(
    fc.asyncProperty(sequences, async (commands) => {
      let storage: Storage | undefined
      const h = await createTestHarness({
        startAt: TEST_START_AT + 3_000_000_000 + ++worlds * 86_400_000,
        storage: (clock) => {
          storage = createMemoryStorage({ clock })
          return storage
        },
      })
      if (storage === undefined) throw new Error('the harness made no storage')
      const played = await world(h, storage)
      for (const command of commands) await played.run(command)
      const replayed = await h.mc.record.replay(h.projectId)
      expect(replayed.differences).toEqual([])
      rows += replayed.rows
      expect(await h.mc.record.verify({ projectId: h.projectId })).toMatchObject({ isIntact: true, firstBad: null })
      await h.close()
    }),
    { numRuns: SEQUENCES, seed: 20260107, endOnFailure: true },
  )
  expect(rows).toBeGreaterThan(SEQUENCES)
}, 60_000)

test('a row that the log does not tell is named, and so is one that differs', async () => {
  const { h, storage } = await scene()
  const worker = await h.agent()
  const { taskId } = await startedTask(h, worker)
  const other = await createTask(h)
  expect((await h.mc.record.replay(h.projectId)).differences).toEqual([])

  const hidden = unwrap(await h.admin.events.list({ taskId, kinds: ['TASK_TRANSITION'] })).data.at(-1)?.id
  const tampered: Storage = {
    ...storage,
    readEvents: async (request) => {
      const page = await storage.readEvents(request)
      return {
        ...page,
        events: page.events.filter(
          ({ id, taskId: of, kind }) => id !== hidden && !(of === other.id && kind === 'TASK_CREATED'),
        ),
      }
    },
  }
  const { differences } = await createMissionControl({ storage: tampered }).record.replay(h.projectId)
  expect(differences.map(({ kind, id, told, stored }) => [kind, id, told?.status, stored?.status]).sort()).toEqual(
    [
      ['task', taskId, 'ASSIGNED', 'IN_PROGRESS'],
      ['task', other.id, undefined, 'INBOX'],
    ].sort(),
  )
})

test('what the log tells of hands, submissions and money is compared too', async () => {
  const { h, storage } = await scene()
  const [worker, heir] = [await h.agent(), await h.agent()]
  const { taskId, epoch } = await startedTask(h, worker)
  const runId = unwrap(await worker.client.runs.start({ taskId, epoch, ...RUN })).run.id
  unwrap(await worker.client.runs.report({ runId, lines: [{ callId: 'c', costMicros: 700 }] }))
  unwrap(await worker.client.tasks.handover({ taskId, epoch, toAgentId: heir.id, reason: 'take it' }))
  expect((await h.mc.record.replay(h.projectId)).differences).toEqual([])

  const without = (kind: string): Storage => ({
    ...storage,
    readEvents: async (request) => {
      const page = await storage.readEvents(request)
      return { ...page, events: page.events.filter((event) => event.kind !== kind) }
    },
  })
  const differs = async (kind: string) => {
    const { differences } = await createMissionControl({ storage: without(kind) }).record.replay(h.projectId)
    return differences.map(({ id, told, stored }) => [id, told, stored])
  }
  expect(await differs('USAGE_REPORTED')).toMatchObject([[runId, { billedMicros: 0 }, { billedMicros: 700 }]])
  expect(await differs('CLAIM_HANDED_OVER')).toMatchObject([
    [taskId, { epoch: 1, assigneeIds: worker.id }, { epoch: 2, assigneeIds: `${worker.id} ${heir.id}` }],
  ])
})
