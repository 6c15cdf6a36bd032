import { describe, expect, test } from 'vitest'
import { namedNumbers, numbersIn, PARTLY, REQUIRED, WAITING } from './coverage.ts'

const named = namedNumbers()

describe('the required refusals', () => {
  test('each have a test that names them, or wait for a later package', () => {
    const missing = REQUIRED.filter((number) => !named.has(number) && !(number in WAITING))
    console.log(
      `Required refusals: ${named.size} of ${REQUIRED.length} have tests, ${Object.keys(WAITING).length} wait.`,
    )
    expect(missing).toEqual([])
  })

  test('do not wait any more when there is a test', () => {
    expect(Object.keys(WAITING).filter((number) => named.has(number))).toEqual([])
  })

  test('are those of the list: no test names another, and no entry either', () => {
    const known = new Set(REQUIRED)
    expect([...named].filter(([number]) => !known.has(number))).toEqual([])
    expect([...Object.keys(WAITING), ...Object.keys(PARTLY)].filter((number) => !known.has(number))).toEqual([])
  })

  test('that wait in part have a test for the rest', () => {
    expect(Object.keys(PARTLY).filter((number) => !named.has(number))).toEqual([])
  })
})

describe('the names of tests', () => {
  const titles: readonly [string, readonly string[]][] = [
    [`test('R-${'05'}: a key', () => {})`, ['R-05']],
    [`  test.each(ROWS)('%s is R-${'12'} and R-${'100'}', check)`, ['R-12', 'R-100']],
    [`describe("R-${'05'} to R-${'07'}", () => {})`, ['R-05', 'R-06', 'R-07']],
    [`test.each([\n  1,\n])(\n  'R-${'20'} on a line of its own',\n)`, ['R-20']],
    [`// test('R-${'05'}: no longer')`, []],
    [`  // R-${'05'} is elsewhere`, []],
    [`const text = 'nothing'`, []],
  ]
  test.each(titles)('are read: %s', (source, numbers) => {
    expect([...numbersIn(source)].sort()).toEqual([...numbers].sort())
  })
})
