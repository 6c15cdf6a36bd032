import { expect, test } from 'vitest'
import { CODES } from '../../packages/core/src/model/refusal.ts'
import { TRANSITIONS } from '../../packages/core/src/rules/task-lifecycle.ts'
import { documents } from '../generated-documents.ts'
import { table } from './markdown.ts'

function rendered(file: string): string {
  const document = documents.find((one) => one.file === file)
  if (document === undefined) throw new Error(`${file} is not generated`)
  return document.render()
}

test('each move of the transition table has its line', () => {
  const text = rendered('docs/state-machine.md')
  const missing = TRANSITIONS.filter(({ from, to }) => !text.includes(`| ${from} | ${to} |`))
  expect(missing).toEqual([])
})

test('each code has its line', () => {
  const text = rendered('docs/errors.md')
  expect(Object.keys(CODES).filter((code) => !text.includes(`| \`${code}\` |`))).toEqual([])
})

test('a cell that would break the table is refused', () => {
  expect(() => table(['a'], [['one | two']])).toThrow(/cannot hold/)
})
