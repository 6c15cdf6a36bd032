import fc from 'fast-check'
import { parse } from 'unbash'
import { expect, test } from 'vitest'
import { EVERYDAY_COMMANDS } from '../corpus/everyday-commands.ts'
import { DENIED_COMMANDS, FORBIDDEN_COMMANDS } from '../corpus/forbidden-commands.ts'
import { readAnyLine, unbashParser } from './parser.ts'
import { readPlainLine } from './plain-line.ts'
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

const word = fc.constantFrom(
  ...'ls a | ~ a~ ~a a:~ a=~ A=b if then fi for in do done while until case esac function select time coproc'.split(
    ' ',
  ),
  ...'declare typeset local export readonly alias let eval exec [ ] [[ ! { } -x --a=b 1 %1 @a +x , : . .. a/b % == a+=b'.split(
    ' ',
  ),
  ...'a,b test command env sudo HEAD~1 10:20 -- - _ x.y elif else || set foo() & ; # "a" \'b\' $A é'.split(' '),
)
const line = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 7 }), fc.constantFrom(' ', '  ', '\t'))
  .map(([words, blank]) => words.join(blank))
const changed = fc
  .tuple(known, fc.nat(80), word, fc.nat(3))
  .map(([text, at, more, cutOut]) => text.slice(0, at) + more + text.slice(at + cutOut))

function readPlainly(source: string): boolean {
  const plain = readPlainLine(source)
  if (plain === null) return false
  const { script, refusal, seen } = readAnyLine(source, 10_000)
  expect({ script: plain.script, refusal: plain.refusal, seen: plain.seen }, source).toEqual({ script, refusal, seen })
  return true
}

test('a line of plain words is read as the grammar reads it', () => {
  fc.assert(
    fc.property(fc.oneof(line, changed), (source) => void readPlainly(source)),
    { numRuns: 20_000 },
  )
})

test('so is every command of the corpora, of which many are plain', () => {
  const all = [...EVERYDAY_COMMANDS, ...FORBIDDEN_COMMANDS, ...DENIED_COMMANDS].flatMap(({ commands }) => commands)
  expect(all.filter(readPlainly).length).toBeGreaterThan(all.length / 5)
})
