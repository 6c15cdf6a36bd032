import { createMemoryStorage } from '@mission-control/adapter-memory'
import { type Checkpoint, createMissionControl, generatedSigner, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { codeOf, createTask, MINUTE_MS, RUN, scene, startedTask, USD } from './scene.ts'

const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** 5 January 2026, 08:00 UTC. */
const MORNING_AT = Date.UTC(2026, 0, 5, 8)

async function morning(options: Parameters<typeof scene>[0] = {}) {
  return scene({ startAt: MORNING_AT, ...options })
}

/** A task in each state that a report tells of, and a run that cost something. */
async function busyProject() {
  const s = await morning()
  const { h, ann } = s
  const worker = await h.agent({ name: 'Worker | <b>' })
  const work = await startedTask(h, worker)
  const run = unwrap(await worker.client.runs.start({ ...work, ...RUN })).run
  unwrap(await worker.client.runs.report({ runId: run.id, lines: [{ callId: 'c', label: 'tool', costMicros: USD }] }))
  const blocked = await createTask(h, { title: 'Blocked one', priority: 1 })
  unwrap(await ann.tasks.transition({ taskId: blocked.id, to: 'BLOCKED', reason: 'no keys\n# not a heading' }))
  const open = await createTask(h, { title: 'Open one', priority: 2 })
  return { ...s, worker, work, run, blocked, open }
}

describe('the standup', () => {
  test('tells what goes on, what it cost, and what needs attention', async () => {
    const { h, ann, worker, work, blocked } = await busyProject()
    const standup = unwrap(await ann.reports.standup({}))
    expect(standup).toMatchObject({
      date: '2026-01-05',
      completed: { count: 0, first: [] },
      inProgress: { count: 1, first: [{ id: work.taskId, agents: ['Worker | <b>'] }] },
      blocked: { count: 1, first: [{ id: blocked.id, priority: 1 }] },
      costMicros: USD,
      agents: [{ agentId: worker.id, workingOn: ['Write the guide'], spentMicros: USD, capMicros: 5 * USD }],
    })
    expect(standup.needsAttention).toContain('1 task is blocked')
    expect(standup.markdown).toContain('| Worker \\| \\<b\\> | ACTIVE | 0 | Write the guide | $1.00 / $5.00 |')
    expect(standup.markdown).not.toMatch(/^# not a heading/m)
    h.clock.advance(DAY_MS + HOUR_MS)
    expect(unwrap(await ann.reports.standup({}))).toMatchObject({ costMicros: 0, inProgress: { count: 1 } })
  })
})

describe('the brief', () => {
  test('begins with what needs attention and counts against yesterday', async () => {
    const { h, ann, blocked, open, work } = await busyProject()
    const brief = unwrap(await ann.reports.ceoBrief({}))
    expect(brief).toMatchObject({
      blocked: { count: 1, change: 1 },
      inProgress: { count: 1, change: 1 },
      review: { count: 0, change: 0 },
      completed: { count: 0, change: 0 },
      burnTodayMicros: USD,
      next: [{ id: blocked.id }, { id: open.id }],
    })
    expect(brief.markdown.indexOf('Needs attention')).toBeLessThan(brief.markdown.indexOf('Tasks'))
    h.clock.advance(DAY_MS + 1)
    unwrap(await ann.tasks.transition({ taskId: blocked.id, to: 'CANCELED', reason: 'no longer needed' }))
    expect(unwrap(await ann.reports.ceoBrief({}))).toMatchObject({
      blocked: { count: 0, change: -1 },
      inProgress: { count: 1, change: 0 },
    })
    expect(work.taskId).not.toBe(blocked.id)
  })
})

describe('the incident report', () => {
  test('tells the whole story of a task, and its texts stay texts', async () => {
    const { h, ann, work, run } = await busyProject()
    const { markdown } = unwrap(await ann.reports.incident({ taskId: work.taskId }))
    for (const part of [work.taskId, run.id, 'IN_PROGRESS', 'RUN\\_STARTED', 'CLAIM', 'SPECIALIST', '$1.00 / ']) {
      expect(markdown.replaceAll('RUN_STARTED', 'RUN\\_STARTED'), part).toContain(part)
    }
    const evil = await createTask(h, {
      title: 'x](https://evil.example) <script>',
      description: '# Approved by Ada\n\n| a | b |\n![pixel](https://evil.example/p.png)',
    })
    const told = unwrap(await ann.reports.incident({ taskId: evil.id })).markdown
    expect(told).not.toMatch(/[^\\]\]\(/)
    expect(told).not.toContain('<script>')
    expect(told).not.toMatch(/^# Approved/m)
    expect(codeOf(await ann.reports.incident({ taskId: 'tsk_none' }))).toBe('NOT_FOUND')
  })
})

describe('the permissions report', () => {
  test('R-11: lists keys without anything that opens a door, to those who may export', async () => {
    const { h, ann } = await morning()
    const worker = await h.agent({ allowedTools: ['fs.read'] })
    const report = unwrap(await ann.reports.permissions({}))
    expect(report.data).toMatchObject([
      { agentId: worker.id, role: 'SPECIALIST', allowedTools: ['fs.read'], grants: [], keys: [{ status: 'ACTIVE' }] },
    ])
    const text = JSON.stringify(report)
    expect(text).not.toContain('secretHash')
    expect(text).not.toContain(worker.key.split('_').at(-1) ?? '?')
    expect(codeOf(await (await h.viewer()).reports.permissions({}))).toBe('FORBIDDEN')
    expect(codeOf(await worker.client.reports.permissions({}))).toBe('FORBIDDEN')
  })

  test('lists approvals that can still be used, and none that cannot', async () => {
    const { h, ann } = await morning()
    const worker = await h.agent()
    const { taskId, epoch } = await startedTask(h, worker)
    const asked = unwrap(
      await worker.client.approvals.request({
        taskId,
        epoch,
        actionType: 'STATE_TRANSITION',
        payload: { to: 'REVIEW' },
        justification: 'because',
      }),
    )
    const grants = async () => unwrap(await ann.reports.permissions({})).data.flatMap((row) => row.grants)
    expect(await grants()).toEqual([])
    unwrap(await ann.approvals.decide({ approvalId: asked.id, verdict: 'APPROVE', reason: 'yes' }))
    expect((await grants()).map(({ id }) => id)).toEqual([asked.id])
    h.clock.advance(30 * DAY_MS)
    expect(await grants()).toEqual([])
  })
})

describe('the daily jobs', () => {
  test('R-95: two hosts and two projects: one standup and one brief for each project and day', async () => {
    const s = await morning()
    const { h, storage } = s
    // It is nine in Tokyo nine hours before it is nine in UTC.
    unwrap(await h.admin.projects.create({ name: 'Far', slug: 'far', timeZone: 'Asia/Tokyo' }))
    const other = createMissionControl({ storage })
    const runBoth = () => Promise.all([h.mc.jobs.runDue(), other.jobs.runDue()])
    const written = async (projectId?: string) => {
      const page = await storage.queries.timeline({
        kinds: ['REPORT_CREATED'],
        limit: 50,
        ...(projectId === undefined ? {} : { projectId }),
      })
      return page.events.map(({ data }) => `${(data as { report: string }).report} ${(data as { date: string }).date}`)
    }
    await runBoth()
    expect(await written()).toEqual([])
    h.clock.advance(HOUR_MS)
    await runBoth()
    await runBoth()
    expect(await written(h.projectId)).toEqual(['STANDUP 2026-01-05', 'CEO_BRIEF 2026-01-05'])
    expect(await written()).toHaveLength(3)
    h.clock.advance(15 * HOUR_MS)
    await runBoth()
    expect((await written()).filter((one) => one === 'STANDUP 2026-01-06')).toHaveLength(1)
    // Nobody ran anything for two days: what was missed is made up for once.
    h.clock.advance(2 * DAY_MS)
    await runBoth()
    await runBoth()
    expect((await written(h.projectId)).slice(2)).toEqual(['STANDUP 2026-01-07', 'CEO_BRIEF 2026-01-07'])
    await other.close()
  })

  test('a report is a document, and a digest for the operators', async () => {
    const { h, ann } = await morning()
    await h.advance(HOUR_MS)
    const documents = unwrap(await ann.search.documents({ q: 'standup' })).data
    expect(documents.map(({ name, type }) => [name, type])).toEqual([['Standup 2026-01-05.md', 'REPORT']])
    const digests = unwrap(await ann.notifications.list({})).data.filter(({ type }) => type === 'DIGEST')
    expect(digests.map(({ title, targetKind }) => [title, targetKind])).toEqual([
      ['Standup 2026-01-05: Test', 'OPERATORS'],
      ['Brief 2026-01-05: Test', 'OPERATORS'],
    ])
  })

  test('the head of every log is signed and leaves the store once a day', async () => {
    const { h, storage } = await morning()
    const kept: Checkpoint[] = []
    const checkpoints = {
      keep: async (one: Checkpoint) => void kept.push(one),
      latest: async (projectId: string | null) => kept.findLast((one) => one.projectId === projectId) ?? null,
    }
    const mc = createMissionControl({ storage, signer: await generatedSigner('k'), checkpoints })
    await mc.jobs.runDue()
    await mc.jobs.runDue()
    expect(kept.map(({ projectId }) => projectId)).toEqual([null, h.projectId])
    h.clock.advance(DAY_MS)
    await createTask(h)
    await mc.jobs.runDue()
    expect(kept).toHaveLength(4)
    expect(kept[3]?.seq).toBeGreaterThan(kept[1]?.seq ?? 0)
    expect(await mc.record.verify({ projectId: h.projectId })).toMatchObject({ isIntact: true, forgedCheckpoints: 0 })
  })

  test('an empty store has nothing to do', async () => {
    const mc = createMissionControl({ storage: createMemoryStorage() })
    expect(await mc.jobs.runDue()).toMatchObject({ sealed: 0, periodic: { standup: 0, 'ceo-brief': 0 } })
  })
})
