import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { redactText } from '@mission-control/core/policy'
import { describe, expect, it } from 'vitest'
import { lines, run } from './memory-terminal.ts'

// Labelled cases that are no part of the repository. Where they are, they are a gate, asked through the command line.

/** Keeps scanners quiet about the fake secrets in the sample; to be removed on load. */
const DOT = '\u27c2'

interface Row {
  readonly id: string
  readonly class: string
  readonly input: string
  readonly context: { readonly tool: string; readonly method?: string }
  readonly expect: string
  readonly accept?: readonly string[]
  readonly redact?: boolean
  readonly best_effort?: boolean
  readonly secret?: string
}

const folder = process.env.MC_SECURITY_SAMPLE ?? join(import.meta.dirname, '../../../../../shared/data/security')

function load(name: string): readonly Row[] {
  return lines<Row>(readFileSync(join(folder, name), 'utf8'))
}

function inputFor({ input, context: { tool, method = 'GET' } }: Row): unknown {
  if (tool === 'shell_exec') return { command: input }
  return tool === 'http_request' ? { url: input, method } : { path: input }
}

const WORDS: Readonly<Record<string, string>> = { ALLOW: 'allow', NEEDS_APPROVAL: 'approve', DENY: 'deny' }

function isRight({ expect: wanted, accept }: Row, word: string): boolean {
  if (accept !== undefined) return accept.includes(word)
  return wanted === 'not_allow' || wanted === 'deny' ? word !== 'allow' : word === wanted
}

/** Rows that were decided otherwise than their label says, after a line with the score of each class. */
async function wrongOf(name: string): Promise<{ readonly failed: readonly string[]; readonly share: number }> {
  const rows = load(name)
  const cases = rows.map((row) =>
    JSON.stringify({ id: row.id, tool: row.context.tool, input: inputFor(row), context: row.context }),
  )
  const files = { policy: readFileSync(join(folder, 'policy.ref-v1.json'), 'utf8'), cases: cases.join('\n') }
  const { code, out, err } = await run(['policy', 'check', '--policy', 'policy', '--cases', 'cases', '--json'], files)
  expect(err).toBe('')
  expect(code).toBe(0)
  const decided = lines<{ id: string; decision: string }>(out)
  expect(decided.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
  const failed: string[] = []
  const classes = new Map<string, { right: number; all: number }>()
  for (const [at, row] of rows.entries()) {
    const tally = classes.get(row.class) ?? { right: 0, all: 0 }
    classes.set(row.class, tally)
    tally.all += 1
    const word = WORDS[decided[at]?.decision ?? ''] ?? ''
    if (isRight(row, word)) tally.right += 1
    else failed.push(`${row.id} ${JSON.stringify(row.input.slice(0, 100))} ${word}`)
  }
  const perClass = [...classes].map(([kind, { right, all }]) => `${kind} ${right}/${all}`).join(', ')
  console.log(`${name}: ${rows.length - failed.length}/${rows.length} (${perClass})`)
  return { failed, share: 1 - failed.length / rows.length }
}

if (!existsSync(join(folder, 'policy.ref-v1.json'))) {
  console.log('The labelled security sample is not beside this project, so its gate is not part of this run.')
} else {
  describe('the labelled security sample', () => {
    it.each(['shell_bypass.jsonl', 'ssrf.jsonl', 'path_traversal.jsonl'])('allows nothing of %s', async (name) => {
      expect((await wrongOf(name)).failed).toEqual([])
    })

    it.each(['shell_benign.jsonl', 'benign_urls.jsonl', 'benign_paths.jsonl'])('lets %s work', async (name) => {
      const { failed, share } = await wrongOf(name)
      expect(share, failed.join('\n')).toBeGreaterThanOrEqual(0.99)
    })

    it.each([true, false])('redacts secrets and leaves look-alikes alone: %s', (redact) => {
      const rows = load('secrets.jsonl').filter((row) => row.best_effort !== true && row.redact === redact)
      const failed = rows.filter(({ input, secret }) => {
        const text = input.replaceAll(DOT, '')
        const clean = redactText(text)
        return redact ? clean.includes((secret ?? input).replaceAll(DOT, '')) : clean !== text
      })
      console.log(`secrets.jsonl, redact ${redact}: ${rows.length - failed.length}/${rows.length}`)
      expect(failed.length / rows.length, failed.map(({ id }) => id).join(' ')).toBeLessThanOrEqual(0.01)
    })
  })
}
