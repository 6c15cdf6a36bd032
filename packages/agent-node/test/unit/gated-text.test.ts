import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { unwrap } from '@mission-control/core'
import { createTestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'
import { folder, workspace } from '../support/folders.ts'

const FILES = { 'a.txt': 'pear\napple\nfig\n', 'b.txt': 'b\n', 'src/one.ts': '1\n' }

/** Where redirects, groups and pipes meet, a plan must send each output where a shell would. */
const TEXTS = [
  'cat a.txt | wc -l',
  'cat a.txt missing.txt 2>&1 | wc -l',
  'cat a.txt missing.txt | wc -l 2>&1',
  '(cat a.txt; cat b.txt) | sort',
  '(cat a.txt; cat missing.txt) 2>&1 | wc -l',
  '(cat a.txt missing.txt | wc -l) 2>/dev/null',
  '(cat a.txt missing.txt | wc -l) >/dev/null 2>&1',
  '(cat a.txt | wc -l) >&2',
  '((cat a.txt; cat missing.txt) 2>&1) | sort | head -n 2',
  'cat a.txt | (sort | head -n 1)',
  'cat a.txt && cat b.txt | wc -l',
  'cat missing.txt 2>/dev/null && cat b.txt | wc -l',
  'cat missing.txt 2>/dev/null || cat b.txt | wc -l',
  'cat a.txt | wc -l && cat b.txt',
]

async function gate(root: string) {
  const h = await createTestHarness()
  const agent = await h.agent({ workspacePath: root })
  const task = unwrap(await h.admin.tasks.create({ title: 'Look around', type: 'ENGINEERING' }))
  const workPlan = { bullets: ['look', 'think', 'tell'] }
  const { epoch } = unwrap(await agent.client.tasks.claim({ taskId: task.id, workPlan }))
  return async (command: string) =>
    unwrap(
      await agent.client.toolCalls.gate({ tool: 'exec', input: { command }, sessionKey: 's', taskId: task.id, epoch }),
    )
}

test.each(TEXTS)('what the gate plans for `%s` does what bash does', async (text) => {
  const { ws, root } = workspace(FILES)
  const twin = folder()
  cpSync(root, twin, { recursive: true })
  const { decision, plan, reason } = await (await gate(root))(text)
  expect(decision, reason).toBe('ALLOW')
  if (plan === null) throw new Error('an allowed shell call comes with its plan')
  const ours = await ws.run(plan)
  const bash = spawnSync('bash', ['--noprofile', '--norc', '-c', text], {
    cwd: twin,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
    encoding: 'utf8',
  })
  expect({ exitCode: ours.exitCode, stdout: ours.stdout, stderr: ours.stderr !== '' }).toEqual({
    exitCode: bash.status,
    stdout: bash.stdout,
    stderr: bash.stderr !== '',
  })
})

test.each(['(cat a.txt missing.txt | wc -l) 2>&1', '(cat a.txt; cat b.txt) > c.txt', '(head -n 1; cat) < a.txt'])(
  '`%s` is not planned',
  async (text) => {
    const { root } = workspace(FILES)
    expect(await (await gate(root))(text)).toMatchObject({ decision: 'NEEDS_APPROVAL', plan: null })
  },
)
