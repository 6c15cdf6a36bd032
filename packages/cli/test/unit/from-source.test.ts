import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../../bin/from-source.mjs', import.meta.url))
const root = fileURLToPath(new URL('../../../..', import.meta.url))

test('a clone runs the sources: input, output, complaints and exit code are those of the command', () => {
  const start = (words: readonly string[], input: string) =>
    spawnSync(process.execPath, [program, ...words], { cwd: root, input, encoding: 'utf8' })
  const good = start(['redact', '--json'], '{"id":1,"text":"plain"}\n')
  expect({ code: good.status, out: good.stdout, err: good.stderr }).toEqual({
    code: 0,
    out: '{"id":1,"text":"plain"}\n',
    err: '',
  })
  const bad = start(['redact', '--json'], '{"id":1}\n')
  expect({ code: bad.status, out: bad.stdout }).toEqual({ code: 2, out: '' })
  expect(bad.stderr).toContain('standard input: line 1: text')
})
