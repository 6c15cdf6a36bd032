import fc from 'fast-check'
import { parse } from 'unbash'
import { expect, test } from 'vitest'
import { DENIED_COMMANDS, FORBIDDEN_COMMANDS } from '../corpus/forbidden-commands.ts'
import { unbashParser } from './parser.ts'
import { errorIn } from './sightings.ts'
import { decodeAnyWord, decodeWord } from './words.ts'

const piece = fc.constantFrom(
  ...[
    'ls',
    'a',
    ' ',
    '  ',
    "'",
    '"',
    '\\',
    '$',
    '$(',
    '`',
    '(',
    ')',
    '{',
    '}',
    ';',
    '&&',
    '||',
    '|',
    '&',
    '\n',
    '#',
    '!',
  ],
  ...[
    '~',
    '*',
    '?',
    '[',
    ']',
    '=',
    'A=b',
    'if',
    'then',
    'fi',
    'for',
    'do',
    'done',
    'time',
    '((',
    '))',
    '[[',
    '${x',
    'é',
    '%',
  ],
)
const made = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
const known = fc.constantFrom(...[...FORBIDDEN_COMMANDS, ...DENIED_COMMANDS].flatMap(({ commands }) => commands))
const cut = fc
  .tuple(known, fc.nat(80), made)
  .map(([command, at, more]) => command.slice(0, at) + more + command.slice(at))

test('a script that was read without a walk over its errors has none', () => {
  fc.assert(
    fc.property(fc.oneof(made, known, cut), (source) => {
      const { script } = unbashParser.read(source, 10_000)
      if (script !== null) expect(errorIn(parse(source))).toBeNull()
    }),
    { numRuns: 5000 },
  )
})

test('a plain word is decoded as any other', () => {
  fc.assert(
    fc.property(fc.oneof(made, fc.string()), (word) => {
      expect(decodeWord(word)).toEqual(decodeAnyWord(word))
    }),
    { numRuns: 5000 },
  )
})
