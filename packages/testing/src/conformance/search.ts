import { type RecordOf, type Storage, searchTokens, taskScore } from '@mission-control/core/storage'
import type { ConformanceCase } from './case.ts'
import { committed, moved, stored, writing } from './commits.ts'
import { expectEqual, expectFault } from './expect.ts'
import { BASE_AT, documentRecord, messageRecord, OTHER_PROJECT, PROJECT, taskRecord } from './fixtures.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** So late that age gives no points to what the fixtures make. */
const LATER = BASE_AT + 400 * DAY_MS

type Task = RecordOf<'task'>

async function found(storage: Storage, q: string, more: { at?: number; limit?: number; projectId?: string } = {}) {
  const request = { kind: 'task', projectId: PROJECT, at: LATER, limit: 50, tokens: searchTokens(q), ...more } as const
  return (await storage.queries.search(request)).map(({ record, score }) => [record.id, score] as const)
}

/** A task that says nothing but what it is given. */
function saying(fields: Partial<Task>): Task {
  return taskRecord({ title: 'x', description: null, labels: [], type: 'OPS', status: 'INBOX', ...fields })
}

/** What fits by the rule itself, in the order it should come. */
function due(tasks: readonly Task[], q: string, at: number): (readonly [string, number])[] {
  return tasks
    .map((task) => ({ task, score: taskScore(task, searchTokens(q), at) }))
    .filter((hit): hit is { task: Task; score: number } => hit.score !== null)
    .sort((one, other) => other.score - one.score || other.task.createdAt - one.task.createdAt)
    .map(({ task, score }) => [task.id, score] as const)
}

export const searchCases: readonly ConformanceCase[] = [
  {
    id: 'search:weights',
    behaviour: 'scores where each word stands: title, its words and beginning, description, each label, type',
    run: async ({ storage }) => {
      const rows: readonly [Partial<Task>, number][] = [
        [{ title: 'pay' }, 18],
        [{ title: 'we pay' }, 15],
        [{ title: 'repay' }, 10],
        [{ title: 'payment' }, 13],
        [{ title: 'pay-roll' }, 18],
        [{ description: 'to pay' }, 5],
        [{ labels: ['pay'] }, 8],
        [{ labels: ['payment'] }, 5],
        [{ labels: ['pay', 'payment', 'other'] }, 13],
        [{ title: 'Pay', description: 'PAY', labels: ['PAY'] }, 31],
      ]
      for (const [fields, score] of rows) {
        const task = saying(fields)
        await stored(storage, 'task', task)
        const hit = (await found(storage, 'pay')).find(([id]) => id === task.id)
        expectEqual(hit, [task.id, score], JSON.stringify(fields))
      }
      const docs = saying({ type: 'DOCS' })
      await stored(storage, 'task', docs)
      expectEqual(await found(storage, 'docs'), [[docs.id, 2]], 'the type')
    },
  },
  {
    id: 'search:age-and-status',
    behaviour: 'adds points for what is new and for what is under way',
    run: async ({ storage }) => {
      const at = LATER
      const task = (createdAt: number) => saying({ title: 'word', createdAt })
      const rows = [
        [task(at - DAY_MS + 1), 20],
        [task(at - DAY_MS), 19],
        [task(at - 7 * DAY_MS + 1), 19],
        [task(at - 7 * DAY_MS), 18],
      ] as const
      for (const [row, score] of rows) {
        await stored(storage, 'task', row)
        expectEqual((await found(storage, 'word', { at })).find(([id]) => id === row.id)?.[1], score, 'by its age')
      }
      const points = { ASSIGNED: 0, IN_PROGRESS: 3, REVIEW: 3, NEEDS_APPROVAL: 3, BLOCKED: 0 } as const
      for (const [status, more] of Object.entries(points)) {
        const row = task(at - 7 * DAY_MS)
        await stored(storage, 'task', row)
        await committed(storage, writing(moved(row, status as keyof typeof points).puts))
        const score = (await found(storage, 'word', { at })).find(([id]) => id === row.id)?.[1]
        expectEqual(score, 18 + more, `in ${status}`)
      }
    },
  },
  {
    id: 'search:order',
    behaviour: 'gives the best first, the newest of equals first, also what is older than any page of new ones',
    run: async ({ storage }) => {
      const best = saying({ title: 'needle', createdAt: BASE_AT - DAY_MS })
      await stored(storage, 'task', best)
      const others: Task[] = []
      for (let count = 0; count < 60; count++) {
        const task = saying({ description: 'a needle' })
        others.push(task)
        await stored(storage, 'task', task)
      }
      const hits = await found(storage, 'needle')
      expectEqual(hits.length, 50, 'no more than the limit')
      expectEqual(hits[0]?.[0], best.id, 'the best, which is the oldest')
      const newest = others.toReversed().map(({ id }) => id)
      expectEqual(
        hits.slice(1).map(([id]) => id),
        newest.slice(0, 49),
        'then the newest',
      )
      await expectFault(found(storage, 'needle', { limit: 201 }), 'INTERNAL', 'a limit beyond a page')
    },
  },
  {
    id: 'search:all-words',
    behaviour: 'finds only what has every word somewhere, and nothing of another project',
    run: async ({ storage }) => {
      const here = saying({ title: 'Alpha', labels: ['beta'] })
      const half = saying({ title: 'Alpha' })
      const there = saying({ title: 'Alpha beta', projectId: OTHER_PROJECT })
      await stored(storage, 'task', here, half, there)
      expectEqual(
        (await found(storage, 'beta alpha')).map(([id]) => id),
        [here.id],
        'both words',
      )
      expectEqual(await found(storage, 'alpha gamma'), [], 'one word is nowhere')
      expectEqual(await found(storage, 'qzxv'), [], 'nonsense')
      expectEqual(
        (await found(storage, 'beta', { projectId: OTHER_PROJECT })).map(([id]) => id),
        [there.id],
        'there',
      )
    },
  },
  {
    id: 'search:literal',
    behaviour: 'takes every character as itself, whatever it means to a pattern',
    run: async ({ storage }) => {
      const signs = [
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        '*',
        '+',
        '?',
        '.',
        '^',
        '$',
        '|',
        '\\',
        '%',
        '_',
        "'",
        '"',
        '🦀',
        '--',
      ]
      const tasks = signs.map((sign) => saying({ title: `a${sign}b` }))
      await stored(storage, 'task', ...tasks)
      for (const [at, sign] of signs.entries()) {
        expectEqual(
          (await found(storage, sign)).map(([id]) => id),
          [tasks[at]?.id],
          `only the one with ${sign}`,
        )
        expectEqual(
          (await found(storage, `a${sign}b`)).map(([id]) => id),
          [tasks[at]?.id],
          `within a word: ${sign}`,
        )
      }
    },
  },
  {
    id: 'search:case',
    behaviour: 'makes no difference between upper and lower case in any script',
    run: async ({ storage }) => {
      const words = ['STRASSE', 'Äpfel', 'ÉTÉ', 'ЗАДАЧА', 'ΟΔΟΣ', 'Ørsted']
      const tasks = words.map((word) => saying({ title: word }))
      await stored(storage, 'task', ...tasks)
      for (const [at, word] of words.entries()) {
        for (const q of [word, word.toLowerCase(), word.toUpperCase()]) {
          expectEqual(
            (await found(storage, q)).map(([id]) => id),
            [tasks[at]?.id],
            `${q} finds ${word}`,
          )
        }
      }
    },
  },
  {
    id: 'search:as-the-rule',
    behaviour: 'ranks many tasks exactly as the rule of the core does',
    run: async ({ storage }) => {
      const words = ['pay', 'Payment', 'API', 'docs', 'e-mail', 'ß', 'Äpfel', '(draft)', 'a', '50%']
      const pick = (n: number) => words[n % words.length] ?? ''
      const types = ['OPS', 'DOCS', 'ENGINEERING'] as const
      const tasks = Array.from({ length: 40 }, (_, n) =>
        saying({
          title: `${pick(n)} ${pick(n * 3 + 1)}${n % 4 === 0 ? '' : ' '}${pick(n * 7 + 2)}`,
          description: n % 3 === 0 ? null : `${pick(n * 5)}, ${pick(n + 4)}.`,
          labels: Array.from({ length: n % 4 }, (__, at) => pick(n + at * 3)),
          type: types[n % 3] ?? 'OPS',
          createdAt: LATER - n * 9 * HOUR_MS,
        }),
      )
      await stored(storage, 'task', ...tasks)
      for (const q of [...words, 'pay api', 'e-mail docs a', 'a pay', 'engineer', 'op', '-', 'äpfel 50']) {
        expectEqual(await found(storage, q), due(tasks, q, LATER).slice(0, 50), q)
      }
    },
  },
  {
    id: 'search:texts',
    behaviour: 'finds messages by their text, and documents by name and content, newest first and filtered',
    run: async ({ storage }) => {
      const messages = ['the Needle', 'nothing', 'a needle again'].map((content) => messageRecord({ content }))
      await stored(storage, 'message', ...messages)
      const documents = [documentRecord({ name: 'Needle' }), documentRecord({ name: 'n', content: 'no needle' })]
      await stored(storage, 'document', ...documents, documentRecord({ name: 'n', content: null }))
      const hits = async (
        kind: 'message' | 'document',
        filters: Parameters<Storage['queries']['search']>[0]['filters'] = [],
      ) =>
        (
          await storage.queries.search({ kind, projectId: PROJECT, tokens: ['needle'], filters, at: LATER, limit: 10 })
        ).map(({ record, score }) => [record.id, score])
      expectEqual(
        await hits('message'),
        [
          [messages[2]?.id, 0],
          [messages[0]?.id, 0],
        ],
        'messages',
      )
      expectEqual(
        await hits('document'),
        [
          [documents[1]?.id, 0],
          [documents[0]?.id, 0],
        ],
        'documents',
      )
      const first = [{ field: 'id', op: 'eq' as const, value: messages[0]?.id ?? '' }]
      expectEqual(await hits('message', first), [[messages[0]?.id, 0]], 'with a filter')
    },
  },
]
