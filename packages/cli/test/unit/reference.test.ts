import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unwrap } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { createTestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'
import { HOST_POLICY } from '../../src/host/host-policy.ts'
import { EXIT, referenceText } from '../../src/index.ts'
import { runIn } from './console.ts'

const inPackage = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8')

test('COMMANDS.md says what the program does', async () => {
  expect(await inPackage('COMMANDS.md')).toBe(referenceText())
})

test('no two commands, and no two options of one, have the same name', () => {
  const paths = COMMANDS.map(({ path }) => path.join(' '))
  expect(new Set(paths).size).toBe(paths.length)
  for (const { path, options } of COMMANDS) {
    const names = options.map(({ name }) => name)
    expect([...new Set(names)], path.join(' ')).toEqual(names)
  }
})

test('the handler of the README works word for word', async () => {
  const block = /```js\n([\s\S]*?)```/.exec(await inPackage('README.md'))?.[1] ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-readme-'))
  await writeFile(join(folder, 'handler.mjs'), block)
  const h = await createTestHarness({ policy: HOST_POLICY })
  const served = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
  try {
    const task = unwrap(await h.admin.tasks.create({ title: 'By the book', type: 'SEO_RESEARCH' }))
    const env = {
      MC_URL: served.url,
      MC_API_KEY: h.adminKey,
      PROJECT_SLUG: 'test',
      AGENT_WORKSPACE: join(folder, 'work'),
    }
    const ran = await runIn({ env }, 'run-agent', '--once', '--handler', join(folder, 'handler.mjs'))
    expect(ran).toMatchObject({ code: EXIT.ok, err: '' })
    expect(unwrap(await h.admin.tasks.get({ taskId: task.id }))).toMatchObject({
      status: 'REVIEW',
      deliverable: { summary: 'By the book' },
    })
  } finally {
    await served.close()
    await h.close()
    await rm(folder, { recursive: true, force: true })
  }
})
