import { expect, test } from 'vitest'
import { BEGINNING, cursorOf, placeOf } from './cursor.ts'

test('cursors sort as text the way their places do', () => {
  const places = [
    BEGINNING,
    { xid: '9', seq: '10' },
    { xid: '10', seq: '9' },
    { xid: '10', seq: '100' },
    { xid: '18446744073709551615', seq: '9223372036854775807' },
  ]
  const cursors = places.map(cursorOf)
  expect(cursors.toSorted()).toEqual(cursors)
  expect(cursors.map(placeOf)).toEqual(places)
})

test.each(['', 'x', '5', `${'0'.repeat(20)}-5`, `${'0'.repeat(20)}-${'0'.repeat(19)} or true`])(
  'what is not a cursor is refused: %s',
  (text) => {
    expect(() => placeOf(text)).toThrow('cursor')
  },
)
