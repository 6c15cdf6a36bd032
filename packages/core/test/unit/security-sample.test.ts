import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assessToolCall } from '../../src/rules/policy/assess.ts'
import { type CompiledPolicy, compilePolicy } from '../../src/rules/policy/compile.ts'
import { type Evaluation, evaluate } from '../../src/rules/policy/evaluate.ts'
import { joinLexically } from '../../src/rules/policy/paths.ts'
import type { HostFacts } from '../../src/rules/policy/types.ts'
import { detectSecrets, redactText } from '../../src/rules/redaction.ts'
import { fromRefV1, type RefV1 } from './ref-v1-policy.ts'

/** Keeps scanners quiet about the fake secrets in the sample; to be removed on load. */
const DOT = '\u27c2'

interface Row {
  readonly id: string
  readonly class: string
  readonly input: string
  readonly context: {
    readonly tool: string
    readonly cwd?: string
    readonly shell?: string
    readonly platform?: string
    readonly mode?: 'allowlist' | 'public'
    readonly method?: string
    readonly dns?: Readonly<Record<string, readonly string[]>>
    readonly dns_seq?: Readonly<Record<string, readonly (readonly string[])[]>>
    readonly redirects?: Readonly<Record<string, { readonly status: number; readonly location: string }>>
    readonly fs?: { readonly symlinks?: Readonly<Record<string, string>> }
  }
  readonly expect: string
  readonly accept?: readonly string[]
  readonly redact?: boolean
  readonly best_effort?: boolean
  readonly secret?: string
}

const folder = process.env.MC_SECURITY_SAMPLE ?? join(import.meta.dirname, '../../../../../shared/data/security')

function load(name: string): readonly Row[] {
  const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

function engineOf(ref: RefV1): (row: Row) => Evaluation['decision'] {
  const compiled = (mode: 'allowlist' | 'public') =>
    compilePolicy([{ scopeType: 'GLOBAL', name: 'ref', versionNo: 1, content: fromRefV1(ref, mode) }])
  const policies = { allowlist: compiled('allowlist'), public: compiled('public') }
  return (row) => decide(policies[row.context.mode ?? 'allowlist'], ref, row)
}

function decide(policy: CompiledPolicy, ref: RefV1, { input, context }: Row): Evaluation['decision'] {
  const assessment = assessToolCall(policy, {
    tool: context.tool,
    input: inputFor(context.tool, input, context.method),
    cwd: context.cwd ?? ref.workspace.cwd,
    workspacePath: ref.workspace.root,
    home: ref.workspace.home,
    resolved: factsOf(ref, context),
    shell: context.shell ?? null,
    platform: context.platform ?? null,
  })
  return evaluate({
    action: 'TOOL_CALL',
    identity: { isThisAgent: true, inProject: true, epochCurrent: true },
    policy,
    operatorMode: 'NORMAL',
    agent: {
      role: 'SPECIALIST',
      isCao: false,
      status: 'ACTIVE',
      pausedBy: null,
      draining: false,
      allowedTools: null,
      allowedTaskTypes: [],
    },
    run: null,
    task: null,
    assessment,
    budgets: [],
    extraViolations: [],
    grant: null,
  }).decision
}

function inputFor(tool: string, input: string, method = 'GET'): unknown {
  if (tool === 'shell_exec') return { command: input }
  return tool === 'http_request' ? { url: input, method } : { path: input }
}

/** What a machine would report about the stubs of a row. Every answer of a changing resolver must hold. */
function factsOf({ workspace }: RefV1, { dns, dns_seq, redirects, fs }: Row['context']): HostFacts | null {
  if (dns === undefined && dns_seq === undefined && redirects === undefined && fs === undefined) return null
  const links = Object.entries(fs?.symlinks ?? {}).map(([from, to]) => {
    const link = joinLexically(workspace.root, from)
    return [link, joinLexically(link.slice(0, link.lastIndexOf('/')), to)] as const
  })
  const realPaths = new Map(links)
  const follow = (path: string): string => {
    const next = realPaths.get(path)
    return next === undefined ? path : follow(next)
  }
  const sequences = Object.entries(dns_seq ?? {}).map(([host, answers]) => [host, answers.flat()] as const)
  return {
    realPaths: Object.fromEntries(links.map(([from, to]) => [from, follow(to)])),
    addresses: { ...dns, ...Object.fromEntries(sequences) },
    ...(redirects === undefined ? {} : { redirects }),
  }
}

const WORDS: Readonly<Record<Evaluation['decision'], string>> = {
  ALLOW: 'allow',
  NEEDS_APPROVAL: 'approve',
  DENY: 'deny',
}

function isRight({ expect: wanted, accept }: Row, decision: Evaluation['decision']): boolean {
  const word = WORDS[decision]
  if (accept !== undefined) return accept.includes(word)
  return wanted === 'not_allow' || wanted === 'deny' ? word !== 'allow' : word === wanted
}

interface Score {
  readonly failed: readonly string[]
  readonly share: number
}

function score(name: string, rows: readonly Row[], engine: (row: Row) => Evaluation['decision']): Score {
  const failed: string[] = []
  const classes = new Map<string, { right: number; all: number }>()
  let soft = 0
  for (const row of rows) {
    const decision = engine(row)
    const tally = classes.get(row.class) ?? { right: 0, all: 0 }
    classes.set(row.class, tally)
    tally.all += 1
    if (isRight(row, decision)) tally.right += 1
    else failed.push(`${row.id} ${JSON.stringify(row.input.slice(0, 100))} ${decision}`)
    if (row.expect === 'deny' && decision === 'NEEDS_APPROVAL') soft += 1
  }
  const perClass = [...classes].map(([kind, { right, all }]) => `${kind} ${right}/${all}`).join(', ')
  const asked = soft === 0 ? '' : `; ${soft} that should be denied only ask`
  console.log(`${name}: ${rows.length - failed.length}/${rows.length} (${perClass})${asked}`)
  return { failed, share: 1 - failed.length / rows.length }
}

if (!existsSync(join(folder, 'policy.ref-v1.json'))) {
  console.log('The labelled security sample is not beside this project, so its gate is not part of this run.')
} else {
  const ref = JSON.parse(readFileSync(join(folder, 'policy.ref-v1.json'), 'utf8')) as RefV1
  const engine = engineOf(ref)

  describe('the labelled security sample', () => {
    it.each(['shell_bypass.jsonl', 'ssrf.jsonl', 'path_traversal.jsonl'])('allows nothing of %s', (name) => {
      expect(score(name, load(name), engine).failed).toEqual([])
    })

    it.each(['shell_benign.jsonl', 'benign_urls.jsonl', 'benign_paths.jsonl'])('lets %s work', (name) => {
      const { failed, share } = score(name, load(name), engine)
      expect(share, failed.join('\n')).toBeGreaterThanOrEqual(0.99)
    })

    it('redacts secrets and leaves look-alikes alone', () => {
      const rows = load('secrets.jsonl').filter(({ best_effort }) => best_effort !== true)
      const failed = rows.filter(({ input, secret, redact }) => {
        const text = input.replaceAll(DOT, '')
        const clean = redactText(text)
        return redact === true ? clean.includes((secret ?? '').replaceAll(DOT, '')) : clean !== text
      })
      console.log(`secrets.jsonl: ${rows.length - failed.length}/${rows.length}`)
      expect(failed.length / rows.length, failed.map(({ id }) => id).join(' ')).toBeLessThanOrEqual(0.01)
      expect(rows.filter(({ input }) => detectSecrets(input.replaceAll(DOT, '')).length > 0).length).toBeGreaterThan(0)
    })
  })
}
