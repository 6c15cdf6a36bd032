import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvCell, csvText } from './csv.ts'

/** Reads CSV back as RFC 4180 says, and takes the guard of a formula off. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const said = match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"')
    row.push(/^'[=+\-@\t\r]/.test(said) ? said.slice(1) : said)
    if (match[3] === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('a cell', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+49 30', "'+49 30"],
    ['-5', "'-5"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', `"'\rx"`],
    ['=cmd|"/c calc"!A0', `"'=cmd|""/c calc""!A0"`],
    ['a,b', '"a,b"'],
    ['said "so"', '"said ""so"""'],
    ['two\nlines', '"two\nlines"'],
    ['plain = fine', 'plain = fine'],
    [-5, "'-5"],
    [null, ''],
    [true, 'true'],
    [['a'], '"[""a""]"'],
  ])('%j is %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell)
  })
})

test('every text comes back as it was, and none begins like a formula', () => {
  // A text that begins like the guard itself cannot be told from a guarded one.
  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !/^'[=+\-@\t\r]/.test(value))
  const special = fc
    .constantFrom('=', '+', '-', '@', '\t', '\r', '"', ',', '\r\n', "'")
    .chain((head) => text.map((tail) => head + tail))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(text, special), fc.oneof(text, special)), { maxLength: 6 }), (cells) => {
      fc.pre(cells.flat().every((value) => !/^'[=+\-@\t\r]/.test(value)))
      const rows = cells.map(([a, b]) => ({ a, b }))
      const csv = csvText(['a', 'b'], rows)
      expect(parse(csv)).toEqual([['a', 'b'], ...cells.map(([a, b]) => [a, b])])
      for (const value of cells.flat()) expect(csvCell(value)).not.toMatch(/^"?[=+\-@\t\r]/)
    }),
    { numRuns: 300 },
  )
})
