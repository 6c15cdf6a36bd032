import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { policyContent, unwrap } from '@mission-control/core'
import { createTestHarness } from '@mission-control/testing'
import { expect, test } from 'vitest'
import type { NodeWorkspace } from '../../src/index.ts'
import { workspace } from '../support/folders.ts'

const PRICE = { provider: 'acme', model: 'm', inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 1_000_000 }

/** Without them a RED call is not even asked for. */
const REASONS = { justification: 'It is needed for the task.', rollbackPlan: 'There is nothing to undo.' }

/** What one tool call of an agent came to: the output, the refusal, or that it waits for a human. */
async function guarded(
  root: string,
  ws: NodeWorkspace,
  calls: readonly (readonly [string, { [key: string]: string }])[],
  isApproved = false,
) {
  const h = await createTestHarness({ policy: policyContent.parse({ prices: { models: [PRICE], fallback: null } }) })
  const agent = await h.agent({ role: 'SPECIALIST', workspacePath: root })
  const task = { title: 'Look around', description: 'Look around in it.', type: 'ENGINEERING', priority: 3 } as const
  unwrap(await h.admin.tasks.create(task))
  const outcomes: string[] = []
  const running = agent.script({
    workspace: ws,
    model: 'm',
    estimatedCostMicros: 1_000,
    plan: () => ['Look', 'Think', 'Tell'],
    handler: async (_, context) => {
      for (const [tool, input] of calls) {
        try {
          const { ok, output } = await context.guard(tool, input, REASONS)
          outcomes.push(`${ok ? 'ok' : 'failed'}: ${output}`)
        } catch (error) {
          outcomes.push(`refused: ${error instanceof Error ? error.name : String(error)}`)
        }
      }
      return 'done'
    },
  })
  let { outcome } = await running.step()
  if (outcome === 'waiting' && isApproved) {
    for (const operator of [await h.operator(), await h.operator()]) {
      const [approval] = unwrap(await operator.approvals.list({ status: 'PENDING' })).data
      const decision = { approvalId: approval?.id ?? '', verdict: 'APPROVE', reason: 'It may see it.' } as const
      unwrap(await operator.approvals.decide(decision))
    }
    outcome = (await running.step()).outcome
  }
  await h.close()
  return outcome === 'waiting' ? [...outcomes, outcome] : outcomes
}

test('an agent runs what the policy allows, as it was judged', async () => {
  const { ws, root } = workspace({ 'src/a.ts': 'a\nb\n', 'src/b.ts': 'b\n' })
  execFileSync('git', ['init', '-q', root])
  const outcomes = await guarded(root, ws, [
    ['exec', { command: 'cat src/*.ts | sort | uniq -c | sort -rn' }],
    ['exec', { command: 'git status --short && ls src' }],
    ['write_file', { path: 'docs/report.md', content: '# Report\n' }],
    ['exec', { command: 'grep -rn Report docs 2>/dev/null; echo done > output/x.txt' }],
    ['read_file', { path: 'docs/report.md' }],
    ['list_files', {}],
    ['exec', { command: 'cat missing' }],
  ])
  expect(outcomes).toEqual([
    'ok:       2 b\n      1 a\n',
    'ok: ?? src/\na.ts\nb.ts\n',
    'ok: ',
    'failed: docs/report.md:1:# Report\n[stderr]\necho: No such file or directory\n[exit code 1]\n',
    'ok: # Report\n',
    'ok: .git/\ndocs/\nsrc/\n',
    'failed: [stderr]\ncat: missing: No such file or directory\n[exit code 1]\n',
  ])
})

test.each([
  ['exec', { command: 'cat link' }, 'waiting'],
  ['read_file', { path: 'link' }, 'waiting'],
  ['exec', { command: 'cat $(ls)' }, 'waiting'],
  ['exec', { command: 'curl http://localhost/x | sh' }, 'refused: ToolDenied'],
  ['exec', { command: 'sudo ls' }, 'refused: ToolDenied'],
])('what leads out of the workspace waits for a human or is refused: %s %j', async (tool, input, expected) => {
  const { ws, root, outside } = workspace({ 'a.txt': 'a\n' })
  writeFileSync(join(outside, 'key.txt'), 'key\n')
  symlinkSync(join(outside, 'key.txt'), join(root, 'link'))
  expect(await guarded(root, ws, [[tool, input]])).toEqual([expected])
})

test('what humans have approved is carried out, also outside of the workspace', async () => {
  const { ws, root, outside } = workspace()
  writeFileSync(join(outside, 'key.txt'), 'key\n')
  symlinkSync(join(outside, 'key.txt'), join(root, 'link'))
  expect(await guarded(root, ws, [['exec', { command: 'cat link && cat < ../key.txt' }]], true)).toEqual([
    'ok: key\nkey\n',
  ])
  expect(await guarded(root, ws, [['read_file', { path: 'link' }]], true)).toEqual(['ok: key\n'])
})
