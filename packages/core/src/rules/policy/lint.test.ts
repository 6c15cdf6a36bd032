import { describe, expect, it } from 'vitest'
import { type PolicyContent, policyContent } from '../../model/policy.ts'
import { widePolicy } from './corpus/wide-policy.ts'
import { DEFAULT_POLICY } from './defaults.ts'
import { diffPolicies } from './diff.ts'
import { lintPolicy } from './lint.ts'
import { profile } from './shell/profile.ts'

const content = (draft: unknown): PolicyContent => policyContent.parse(draft)
const found = (draft: unknown, level: 'ERROR' | 'WARNING') =>
  lintPolicy(content(draft)).flatMap((finding) => (finding.level === level ? [finding.code] : []))

describe('lint', () => {
  it('finds nothing in the built-in policy and in an empty one', () => {
    expect(lintPolicy(DEFAULT_POLICY)).toEqual([])
    expect(lintPolicy(content({}))).toEqual([])
  })

  it('has nothing against the profiles we offer', () => {
    const commands = Object.fromEntries(widePolicy.shell.profiles)
    expect(found({ shell: { commands } }, 'ERROR')).toEqual([])
  })

  it.each([
    ['RED lowered to GREEN', { toolMap: { risks: { deploy: 'GREEN' } } }, 'RED_TO_GREEN'],
    ['a RED tool mapped to something GREEN', { toolMap: { names: { payment: 'fs.read' } } }, 'RED_TO_GREEN'],
    [
      'an interpreter for anything',
      { shell: { commands: { bash: profile({ rest: 'free' }) } } },
      'UNRESTRICTED_INTERPRETER',
    ],
    [
      'inline code',
      { shell: { commands: { node: profile({ valueFlags: { '-e': 'free' } }) } } },
      'UNRESTRICTED_INTERPRETER',
    ],
    [
      'any file to an interpreter',
      { shell: { commands: { python3: profile({ rest: 'read' }) } } },
      'UNRESTRICTED_INTERPRETER',
    ],
    ['a wrapper', { shell: { commands: { env: profile({ expression: 'words' }) } } }, 'UNRESTRICTED_INTERPRETER'],
    [
      'every script',
      { shell: { commands: { node: profile({ operands: ['script'], scripts: ['**'] }) } } },
      'EVERY_PATH',
    ],
    ['every host', { network: { hosts: ['*'] } }, 'EVERY_HOST'],
    ['a host that is none', { network: { hosts: ['http://x/'] } }, 'UNREADABLE'],
    ['every path to read', { files: { read: ['/**'] } }, 'EVERY_PATH'],
    ['every path to write', { files: { write: ['**'] } }, 'EVERY_PATH'],
  ])('blocks %s', (_, draft, code) => {
    expect(found(draft, 'ERROR')).toContain(code)
  })

  it.each([
    ['one decider for RED', { rules: { redQuorum: 1 } }, 'QUORUM_OF_ONE'],
    ['an empty list', { shell: { commands: {} } }, 'EMPTY_LIST'],
    ['a capability that no tool has', { toolMap: { risks: { 'own.thing': 'RED' } } }, 'UNUSED'],
    [
      'a name whose capability has no risk',
      { toolMap: { names: { x: 'own.thing' }, risks: { 'fs.read': 'GREEN' } } },
      'UNUSED',
    ],
    ['an entry listed twice', { files: { denyWrite: ['a/**', 'a/**'] } }, 'UNUSED'],
    ['exceptions of nothing', { files: { readExceptions: ['a'] } }, 'UNUSED'],
    ['open egress', { network: { mode: 'public' } }, 'EVERY_PUBLIC_HOST'],
  ])('warns of %s', (_, draft, code) => {
    expect(found(draft, 'WARNING')).toContain(code)
  })

  it('warns when a narrower scope lowers a risk', () => {
    const draft = content({ toolMap: { risks: { 'fs.write': 'GREEN' } } })
    const codes = lintPolicy(draft, { scopeType: 'AGENT', broader: [DEFAULT_POLICY] }).map(({ code }) => code)
    expect(codes).toContain('NARROWER_LOWERS_RISK')
    expect(lintPolicy(draft).map(({ code }) => code)).not.toContain('NARROWER_LOWERS_RISK')
  })

  it('names what cannot be read', () => {
    const broken = { ...DEFAULT_POLICY, rules: { redQuorum: 7 } } as unknown as PolicyContent
    expect(lintPolicy(broken)).toMatchObject([{ level: 'ERROR', code: 'UNREADABLE', path: 'rules.redQuorum' }])
  })
})

describe('diff', () => {
  it('finds nothing between equals', () => {
    expect(diffPolicies(DEFAULT_POLICY, structuredClone(DEFAULT_POLICY))).toEqual([])
  })

  it('lists every change at its smallest place', () => {
    const before = content({
      rules: { redQuorum: 2 },
      files: { write: ['a/**', 'b/**'] },
      toolMap: { names: { x: 'fs.read' } },
    })
    const after = content({
      rules: { redQuorum: 1, leadMayDecide: true },
      files: { write: ['b/**', 'c/**'] },
      toolMap: { names: {} },
      spawn: { depthMax: 1 },
    })
    expect(diffPolicies(before, after)).toEqual([
      { path: 'files.write', kind: 'REMOVED', before: 'a/**', after: null },
      { path: 'files.write', kind: 'ADDED', before: null, after: 'c/**' },
      { path: 'rules.leadMayDecide', kind: 'ADDED', before: null, after: true },
      { path: 'rules.redQuorum', kind: 'CHANGED', before: 2, after: 1 },
      { path: 'spawn', kind: 'ADDED', before: null, after: { activeAgentsMax: null, depthMax: 1, ttlMs: null } },
      { path: 'toolMap.names.x', kind: 'REMOVED', before: 'fs.read', after: null },
    ])
  })

  it('sees a changed order', () => {
    const order = (hosts: string[]) => content({ network: { hosts } })
    expect(diffPolicies(order(['a', 'b']), order(['b', 'a']))).toMatchObject([
      { path: 'network.hosts', kind: 'CHANGED' },
    ])
  })
})
