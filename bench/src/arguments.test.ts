import { expect, test } from 'vitest'
import { readArguments } from './arguments.ts'

test('without arguments all groups are measured, in three rounds', () => {
  expect(readArguments([])).toEqual({ groups: ['core', 'postgres', 'http'], rounds: 3, seconds: 3, json: false })
})

test('each argument is taken at its word', () => {
  const args = ['--group', 'postgres', '--rounds', '1', '--seconds', '0.5', '--json']
  expect(readArguments(args)).toEqual({ groups: ['postgres'], rounds: 1, seconds: 0.5, json: true })
})

test.each([
  ['no such group', ['--group', 'redis']],
  ['half a round', ['--rounds', '1.5']],
  ['no round', ['--rounds', '0']],
  ['no number', ['--seconds', 'long']],
  ['an empty number', ['--seconds', '']],
  ['a window without an end', ['--seconds', '1e9']],
  ['an unknown option', ['--fast']],
])('%s is refused', (_, args) => {
  expect(() => readArguments(args)).toThrow()
})
