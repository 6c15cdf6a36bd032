import { expectEqual, expectTrue } from '../conformance/expect.ts'
import { type ContractCase, newAgent, newTask, PLAN } from './contract-case.ts'

/** What comes back: rows as they are stored, refusals as they were given. */
export const answerCases: readonly ContractCase[] = [
  {
    id: 'answers:rows',
    behaviour: 'gives a row with every field, empty ones as null, and the same row when asked again',
    run: async ({ admin }) => {
      const made = await admin.tasks.create({ title: 'Rows', type: 'DOCS' })
      if (!made.ok) throw new Error(made.error.detail)
      expectEqual(made.data.dueAt, null, 'dueAt')
      const read = await admin.tasks.get({ taskId: made.data.id })
      expectEqual(read, { ok: true, data: made.data }, 'the row read again')
    },
  },
  {
    id: 'answers:refusals',
    behaviour: 'refuses with code, title, detail and hint, as a value',
    run: async ({ admin }) => {
      const refused = await admin.tasks.get({ taskId: 'tsk_none' })
      if (refused.ok) throw new Error('there is no such task')
      const { code, title, hint, detail } = refused.error
      expectEqual(
        { code, title, hint },
        { code: 'NOT_FOUND', title: 'Not found', hint: 'Check the id and the project.' },
        'the refusal',
      )
      expectTrue(detail !== '', 'a refusal says what was not found')
    },
  },
  {
    id: 'answers:field-errors',
    behaviour: 'names the fields of an input that is not valid',
    run: async ({ admin }) => {
      const refused = await admin.tasks.create({ title: '', type: 'DOCS' })
      if (refused.ok) throw new Error('a title is needed')
      expectEqual(refused.error.code, 'VALIDATION', 'code')
      expectEqual(
        refused.error.errors?.map(({ field }) => field),
        ['title'],
        'fields',
      )
    },
  },
  {
    id: 'answers:extras',
    behaviour: 'keeps what a refusal carries beyond text: who holds the task that somebody else claimed',
    run: async (harness) => {
      const [one, two, taskId] = [await newAgent(harness), await newAgent(harness), await newTask(harness)]
      await one.client.tasks.claim({ taskId, workPlan: PLAN })
      const lost = await two.client.tasks.claim({ taskId, workPlan: PLAN })
      if (lost.ok) throw new Error('the task was taken')
      expectEqual(
        { code: lost.error.code, owner: lost.error.owner },
        { code: 'CLAIM_LOST', owner: one.id },
        'code and owner',
      )
    },
  },
  {
    id: 'answers:pages',
    behaviour: 'gives pages that follow each other without a gap or a repeat',
    run: async (harness) => {
      const agent = await newAgent(harness)
      const ids = [await newTask(harness), await newTask(harness), await newTask(harness)]
      for (const taskId of ids) await agent.client.tasks.claim({ taskId, workPlan: PLAN })
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await harness.admin.tasks.list({
          assigneeId: agent.id,
          limit: 1,
          ...(cursor === '' ? {} : { cursor }),
        })
        if (!page.ok) throw new Error(page.error.detail)
        seen.push(...page.data.data.map(({ id }) => id))
        cursor = page.data.nextCursor
      }
      expectEqual([...seen].sort(), [...ids].sort(), 'each task once')
    },
  },
]
