import type { JsonValue } from '@mission-control/core/storage'
import { type ConformanceCase, twoConnections } from './case.ts'
import { committed, inserting, logNow, recordNow, stored } from './commits.ts'
import { expectApplied, expectEqual, expectFault } from './expect.ts'
import {
  agentRecord,
  budgetRecord,
  decisionRecord,
  documentRecord,
  eventDraft,
  ledgerEntryRecord,
  messageRecord,
  PROJECT,
  receiptKey,
  receiptUntil,
  runRecord,
  taskRecord,
} from './fixtures.ts'

/** Texts that have been lost, cut or changed on the way into some store or other. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  'null',
  'undefined',
  '0',
  'true',
  '{}',
  '[]',
  '{a,"b",NULL}',
  "it's; drop table tasks; --",
  '"quoted" and \\back\\slashed\\ and `ticked`',
  '\\u0000 and \\x00 and \\0 are only backslashes',
  '\\ud800',
  '\\',
  '$1 $2 %s ? :name @p1 {{x}}',
  '100% _under_ *',
  'line\nline\r\nline\rtab\tend ',
  '\u0001\u0002\u0007\u0008\u000b\u000c\u001b\u001f\u007f\u0080\u009f',
  'é \u0065\u0301 ﬁ Å Å ẛ̣',
  'Füße, ñandú, Ελλάδα, Русский, עברית, العربية, हिन्दी, 中文, 日本語, 한국어',
  '\u202eright to left\u202c \u200b\u200d\u2060\ufeff',
  '😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 𝒳 𐍈 🀄',
  '\ufffd \ufffe \uffff \u{10ffff} \ue000',
  '\u2028\u2029\u0085',
]

const JSON_VALUES: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  -2.5e-7,
  1e21,
  5e-324,
  1.7976931348623157e308,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  12_345_678.9,
  '',
  [],
  {},
  [[], {}, [null], [[[]]]],
  { '': 1, ' ': 2, 'a.b': 3, 'a/b': 4, 'ä😀': 5, toString: 6, length: 7, $ref: 8, '0': 9, '10': 10 },
  { z: 1, a: { y: [3, 1, 2], b: null }, m: 'x' },
  ['2025-10-09T00:00:00.000Z', '9007199254740993', '1e5', '-0'],
]

const LONE_SURROGATES = ['\ud800', 'a\udc00b', '\udc00\ud800', '😀'.slice(0, 1)]

export const textCases: readonly ConformanceCase[] = [
  {
    id: 'text:records',
    behaviour: 'gives every text of a record back character by character',
    run: async ({ storage }) => {
      for (const text of TEXTS) {
        const task = taskRecord({ title: text, description: text, labels: [text, text], blockedReason: text })
        await stored(storage, 'task', task)
        expectEqual(await recordNow(storage, 'task', task.id), task, `${JSON.stringify(text)} in a task`)
        const message = messageRecord({ content: text, editHistory: [{ content: text, at: 1 }] })
        await stored(storage, 'message', message)
        expectEqual(await recordNow(storage, 'message', message.id), message, `${JSON.stringify(text)} in a message`)
      }
    },
  },
  {
    id: 'text:events',
    behaviour: 'gives every text of an event back character by character',
    run: async ({ storage }) => {
      const events = TEXTS.map((text) =>
        eventDraft({ summary: text, reason: text, subject: text, data: { [text]: text, list: [text] } }),
      )
      await committed(storage, inserting('task', taskRecord(), { events }))
      const log = (await logNow(storage)).map(({ cursor: _, seal: __, ...event }) => event)
      expectEqual(log, events, 'the events as they were written')
    },
  },
  {
    id: 'text:receipts',
    behaviour: 'gives every text of a receipt back character by character, and finds it by any key',
    run: async ({ storage }) => {
      const expiresAt = (await storage.queries.now()) + 60_000
      for (const text of TEXTS) {
        const key = receiptKey({ key: text })
        const receipt = receiptUntil(expiresAt, { requestHash: text, response: { [text]: [text] } })
        await committed(storage, inserting('task', taskRecord(), { receipt: { key, receipt } }))
        expectEqual((await storage.load({ receipt: key })).receipt, receipt, `the answer of ${JSON.stringify(text)}`)
      }
    },
  },
  {
    id: 'text:lookups',
    behaviour: 'finds records by any text, and by no text that only looks like it',
    run: async ({ storage }) => {
      const agents = TEXTS.map((name) => agentRecord({ name }))
      for (const agent of agents) await stored(storage, 'agent', agent)
      for (const agent of agents) {
        const request = { lookup: 'agentByName', values: [PROJECT, agent.name], limit: 10 } as const
        expectEqual((await storage.load({ lookups: [request] })).lookups, [[agent]], JSON.stringify(agent.name))
      }
    },
  },
  {
    id: 'text:nul',
    behaviour: 'refuses a NUL character anywhere, instead of losing it',
    run: async ({ storage }) => {
      const expiresAt = (await storage.queries.now()) + 60_000
      await refuses(storage, '\u0000', expiresAt)
      await refuses(storage, 'in the \u0000 middle', expiresAt)
    },
  },
  {
    id: 'text:surrogates',
    behaviour: 'refuses half of a surrogate pair anywhere, instead of replacing it',
    run: async ({ storage }) => {
      const expiresAt = (await storage.queries.now()) + 60_000
      for (const text of LONE_SURROGATES) await refuses(storage, text, expiresAt)
    },
  },
  {
    id: 'text:long',
    behaviour: 'gives contents of 300 KB back, byte by byte',
    run: async (harness) => {
      const [storage, other] = await twoConnections(harness)
      const contents = ['x'.repeat(300 * 1024), '"\\\n'.repeat(100 * 1024), 'é😀'.repeat(50 * 1024)]
      for (const content of contents) {
        const document = documentRecord({ content, sizeBytes: content.length })
        await stored(storage, 'document', document)
        expectEqual(await recordNow(other, 'document', document.id), document, `${content.slice(0, 3)} again and again`)
      }
    },
  },
  {
    id: 'text:json',
    behaviour: 'gives JSON back equal as a value, whatever the order of its keys',
    run: async ({ storage }) => {
      for (const value of JSON_VALUES) {
        const what = JSON.stringify(value)
        const task = taskRecord({ metadata: { value } })
        await stored(storage, 'task', task)
        expectEqual(await recordNow(storage, 'task', task.id), task, `${what} in a record`)
        const decision = decisionRecord({ facts: value })
        await stored(storage, 'decision', decision)
        expectEqual(await recordNow(storage, 'decision', decision.id), decision, `${what} at the top of a field`)
      }
      const events = JSON_VALUES.map((value) => eventDraft({ data: value }))
      await committed(storage, inserting('task', taskRecord(), { events }))
      const logged = (await logNow(storage)).filter(({ id }) => events.some((event) => event.id === id))
      expectEqual(
        logged.map(({ data }) => data),
        JSON_VALUES,
        'in events',
      )
    },
  },
  {
    id: 'text:json-deep',
    behaviour: 'gives JSON back that is nested as deep as records may nest it',
    run: async ({ storage }) => {
      let metadata: JsonValue = 'bottom'
      for (let depth = 0; depth < 32; depth++) metadata = depth % 2 === 0 ? [metadata] : { deeper: metadata }
      const task = taskRecord({ metadata })
      await stored(storage, 'task', task)
      expectEqual(await recordNow(storage, 'task', task.id), task, 'to the bottom')
    },
  },
  {
    id: 'text:empty-is-not-null',
    behaviour: 'keeps empty text, empty list and null apart',
    run: async ({ storage }) => {
      const empty = taskRecord({ description: '', sourceRef: '', labels: [], metadata: '' })
      const none = taskRecord({ description: null, sourceRef: null, labels: [''], metadata: null })
      await stored(storage, 'task', empty, none)
      expectEqual(await recordNow(storage, 'task', empty.id), empty, 'empty stays empty')
      expectEqual(await recordNow(storage, 'task', none.id), none, 'null stays null')
    },
  },
  {
    id: 'text:numbers',
    behaviour: 'keeps whole numbers exact up to the largest safe one',
    run: async ({ storage }) => {
      for (const amount of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 4_294_967_297, 2_147_483_648, 0]) {
        const run = runRecord({ capMicros: amount, inputTokens: amount, leaseUntil: amount })
        await stored(storage, 'run', run)
        expectEqual(await recordNow(storage, 'run', run.id), run, `${amount} in a run`)
        const budget = budgetRecord({ cap: amount, adjustments: [{ windowKey: '', amount, approvalId: '' }] })
        await stored(storage, 'budget', budget)
        expectEqual(await recordNow(storage, 'budget', budget.id), budget, `${amount} in a budget`)
        const entry = ledgerEntryRecord({ reserved: 0 - amount, settled: amount })
        await stored(storage, 'ledgerEntry', entry)
        expectEqual(await recordNow(storage, 'ledgerEntry', entry.id), entry, `${-amount} in a ledger entry`)
        const event = eventDraft({ time: amount, costMicros: amount })
        expectApplied(await storage.commit(inserting('run', runRecord(), { events: [event] })))
        const last = (await logNow(storage)).at(-1)
        expectEqual([last?.time, last?.costMicros], [amount, amount], `${amount} in an event`)
      }
    },
  },
]

/** Tries the text in every sort of place; nothing may be written. */
async function refuses(storage: Parameters<typeof logNow>[0], text: string, expiresAt: number): Promise<void> {
  const what = JSON.stringify(text)
  const records = [
    taskRecord({ title: text }),
    taskRecord({ labels: ['fine', text] }),
    taskRecord({ metadata: { deep: [{ value: text }] } }),
    taskRecord({ metadata: { [text]: 1 } }),
    taskRecord({ deliverable: { summary: null, content: text, artifactIds: [], hash: '' } }),
  ]
  for (const record of records) {
    await expectFault(storage.commit(inserting('task', record)), 'INTERNAL', `${what} in a record`)
    expectEqual(await recordNow(storage, 'task', record.id), null, 'nothing is written')
  }
  for (const event of [eventDraft({ summary: text }), eventDraft({ data: { list: [text] } })]) {
    const commit = inserting('task', taskRecord(), { events: [event] })
    await expectFault(storage.commit(commit), 'INTERNAL', `${what} in an event`)
  }
  const key = receiptKey()
  for (const receipt of [
    { key, receipt: receiptUntil(expiresAt, { response: { [text]: 1 } }) },
    { key, receipt: receiptUntil(expiresAt, { response: [text] }) },
    { key: { ...key, key: text }, receipt: receiptUntil(expiresAt) },
  ]) {
    const commit = inserting('task', taskRecord(), { receipt })
    await expectFault(storage.commit(commit), 'INTERNAL', `${what} in a receipt`)
  }
  expectEqual((await storage.load({ receipt: key })).receipt, null, 'no receipt is written')
  expectEqual(await logNow(storage), [], 'no event is written')
}
