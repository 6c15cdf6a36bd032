import { describe, expect, test } from 'vitest'
import { Coalescer } from './coalescer.ts'

interface Item {
  readonly name: string
  readonly shape?: string | null
  readonly claims?: readonly string[]
  readonly gathers?: readonly string[]
  readonly weight?: number
}

/** Sends nothing by itself: each batch waits until the test answers it. */
function setUp() {
  const batches: { names: string[]; answer: (answers?: readonly string[]) => void; fail: (error: Error) => void }[] = []
  const coalescer = new Coalescer<Item, string>({
    shapeOf: ({ shape }) => (shape === undefined ? 'one' : shape),
    claimsOf: ({ claims = [] }) => claims,
    gathersOf: ({ gathers = [] }) => gathers,
    weightOf: ({ weight = 1 }) => weight,
    weightMax: 100,
    send: (items) =>
      new Promise((resolve, reject) => {
        const names = items.map(({ name }) => name)
        batches.push({ names, answer: (answers = names) => resolve(answers), fail: reject })
      }),
  })
  return { batches, run: (item: Item) => coalescer.run(item) }
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

function named(prefix: string, count: number, more: Omit<Item, 'name'> = {}): Item[] {
  return Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at + 1}`, ...more }))
}

describe('callers of one turn', () => {
  test('share a statement, and each gets its own answer', async () => {
    const { batches, run } = setUp()
    const answers = Promise.all(named('a', 3).map(run))
    await turn()
    expect(batches.map(({ names }) => names)).toEqual([['a1', 'a2', 'a3']])
    batches[0]?.answer(['x', 'y', 'z'])
    expect(await answers).toEqual(['x', 'y', 'z'])
  })

  test('go in two halves when they are a crowd', async () => {
    const { batches, run } = setUp()
    void Promise.all(named('a', 40).map(run))
    await turn()
    expect(batches.map(({ names }) => names.length)).toEqual([20, 20])
  })

  test('of different shapes go apart', async () => {
    const { batches, run } = setUp()
    for (const shape of ['one', 'two', 'one']) void run({ name: shape, shape })
    await turn()
    expect(batches.map(({ names }) => names)).toEqual([['one', 'one'], ['two']])
  })

  test('fill a statement no further than its bound; what is beyond it alone goes alone', async () => {
    const { batches, run } = setUp()
    for (const weight of [60, 60, 30, 500]) void run({ name: String(weight), weight })
    await turn()
    batches[0]?.answer()
    await turn()
    expect(batches.map(({ names }) => names)).toEqual([['60', '30'], ['60'], ['500']])
  })

  test('all fail when their statement cannot be sent', async () => {
    const { batches, run } = setUp()
    const answers = Promise.allSettled(named('a', 2).map(run))
    await turn()
    batches[0]?.fail(new Error('gone'))
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

describe('while two statements of a shape run', () => {
  test('the others of that shape gather, and go when one is done', async () => {
    const { batches, run } = setUp()
    void run({ name: 'a' })
    await turn()
    void run({ name: 'b' })
    await turn()
    for (const item of named('c', 3)) void run(item)
    await turn()
    expect(batches.map(({ names }) => names)).toEqual([['a'], ['b']])
    batches[1]?.answer()
    await turn()
    expect(batches[2]?.names).toEqual(['c1', 'c2', 'c3'])
  })

  test('other shapes go on, up to eight statements in all', async () => {
    const { batches, run } = setUp()
    for (let at = 0; at < 12; at++) {
      void run({ name: String(at), shape: `shape ${at % 6}` })
      await turn()
    }
    expect(batches.map(({ names }) => names)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'].map((name) => [name]))
    batches[3]?.answer()
    await turn()
    expect(batches[8]?.names).toEqual(['8'])
  })

  test('what goes alone passes the queue', async () => {
    const { batches, run } = setUp()
    for (const name of ['a', 'b']) {
      void run({ name })
      await turn()
    }
    void run({ name: 'pause', shape: null })
    expect(batches.map(({ names }) => names)).toEqual([['a'], ['b'], ['pause']])
  })
})

describe('two that claim the same', () => {
  test('never run at once, and keep their order', async () => {
    const { batches, run } = setUp()
    for (const name of ['first', 'second']) void run({ name, claims: ['account'] })
    void run({ name: 'other' })
    await turn()
    expect(batches.map(({ names }) => names)).toEqual([['first', 'other']])
    batches[0]?.answer()
    await turn()
    expect(batches[1]?.names).toEqual(['second'])
  })

  test('are not passed by a third that claims what one of them waits for', async () => {
    const { batches, run } = setUp()
    void run({ name: 'a', claims: ['x'] })
    void run({ name: 'b', claims: ['x', 'y'] })
    void run({ name: 'c', claims: ['y'] })
    await turn()
    expect(batches.map(({ names }) => names)).toEqual([['a']])
    batches[0]?.answer()
    await turn()
    expect(batches[1]?.names).toEqual(['b'])
    batches[1]?.answer()
    await turn()
    expect(batches[2]?.names).toEqual(['c'])
  })
})

test('who claims a thing goes neither with nor beside those who gather on it', async () => {
  const { batches, run } = setUp()
  void run({ name: 'reader', gathers: ['row'] })
  void run({ name: 'writer', claims: ['row'] })
  void run({ name: 'reader 2', gathers: ['row'] })
  await turn()
  expect(batches.map(({ names }) => names)).toEqual([['reader']])
  batches[0]?.answer()
  await turn()
  expect(batches[1]?.names).toEqual(['writer'])
  batches[1]?.answer()
  await turn()
  expect(batches[2]?.names).toEqual(['reader 2'])
})

test('those who gather on one thing go together, however many, and the next only when they are done', async () => {
  const { batches, run } = setUp()
  for (const item of named('a', 40, { gathers: ['account'] })) void run(item)
  await turn()
  void run({ name: 'late', gathers: ['account'] })
  void run({ name: 'other' })
  await turn()
  expect(batches.map(({ names }) => names.length)).toEqual([40, 1])
  expect(batches[1]?.names).toEqual(['other'])
  batches[0]?.answer()
  await turn()
  expect(batches[2]?.names).toEqual(['late'])
})
