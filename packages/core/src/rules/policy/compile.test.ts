import { describe, expect, it } from 'vitest'
import { type PolicyContent, type PolicyScopeType, policyContent } from '../../model/policy.ts'
import { compilePolicy, type PolicyLayer } from './compile.ts'
import { BUILT_IN_SECTIONS, DEFAULT_POLICY } from './defaults.ts'
import { positionOf } from './paths.ts'

type Draft = Parameters<typeof policyContent.parse>[0]

function layer(scopeType: PolicyScopeType, content: Draft, name: string = scopeType.toLowerCase()): PolicyLayer {
  return { scopeType, name, versionNo: 1, content: policyContent.parse(content) }
}

const position = (path: string) =>
  positionOf(`/ws/${path}`, { workspace: '/ws', cwd: '/ws', home: null, resolved: null })

describe('the built-in policy', () => {
  it('is valid, complete and survives storage', () => {
    const stored = policyContent.parse(JSON.parse(JSON.stringify(DEFAULT_POLICY)))
    expect(stored).toEqual(DEFAULT_POLICY)
    for (const section of Object.values(DEFAULT_POLICY)) expect(section).not.toBeNull()
  })

  it('fills in what no policy says', () => {
    const compiled = compilePolicy([layer('GLOBAL', {})])
    expect(compiled.rules).toEqual(BUILT_IN_SECTIONS.rules)
    expect(compiled.budgetDefaults.taskTypes.DOCS).toBe(3_000_000)
    expect(compiled.capabilities.get('exec')).toBe('shell.exec')
    expect(compiled.risks.get('deploy')).toBe('RED')
  })
})

describe('resolution over levels', () => {
  it('names every policy it applied, the broadest first', () => {
    const layers = [layer('AGENT', {}, 'z'), layer('GLOBAL', {}, 'base'), layer('PROJECT', {}, 'team')]
    expect(compilePolicy(layers).version).toBe('base@1+team@1+z@1')
  })

  it('takes a field from the most specific level that has it', () => {
    const compiled = compilePolicy([
      layer('GLOBAL', { rules: { maxReviewCycles: 2, redTtlMs: 120_000 } }),
      layer('PROJECT', { rules: { maxReviewCycles: 5 } }),
      layer('AGENT', { rules: { leadMayDecide: true } }),
    ])
    expect(compiled.rules).toMatchObject({ maxReviewCycles: 5, redTtlMs: 120_000, leadMayDecide: true })
  })

  it('inherits lists that a new version does not mention, and takes an empty list for nothing', () => {
    const hosts = ['example.com']
    const inherited = compilePolicy([layer('GLOBAL', { network: { hosts } }), layer('PROJECT', { network: {} })])
    expect([...inherited.network.hosts.names]).toEqual(hosts)
    const emptied = compilePolicy([
      layer('GLOBAL', { network: { hosts } }),
      layer('PROJECT', { network: { hosts: [] } }),
    ])
    expect(emptied.network.hosts.names.size).toBe(0)
    const unlisted = compilePolicy([layer('GLOBAL', { shell: { commands: {} } })])
    expect(unlisted.shell.profiles.size).toBe(0)
  })

  it('unites deny lists over all levels', () => {
    const compiled = compilePolicy([
      layer('GLOBAL', { files: { denyWrite: ['a/**'] }, shell: { deny: ['git push'] } }),
      layer('TASK_TYPE', { files: { denyWrite: ['b/**'] }, shell: { forbid: ['shutdown'] } }),
      layer('AGENT', { files: { denyWrite: [] }, shell: { deny: ['ls'] } }),
    ])
    expect(compiled.files.denyWrite.find(position('a/x'))).toBe('a/**')
    expect(compiled.files.denyWrite.find(position('b/x'))).toBe('b/**')
    expect(new Set(compiled.shell.deny)).toEqual(new Set([['git', 'push'], ['ls']]))
    expect(compiled.shell.forbid).toEqual([['shutdown']])
  })

  it('takes the strictest of several policies of one level', () => {
    const one = layer(
      'PROJECT',
      {
        rules: { onDeny: 'RETURN', redQuorum: 1, leadMayDecide: true, yellowTtlMs: 600_000, onUnpriced: 'ALLOW' },
        files: { write: ['src/**', 'docs/**'] },
        toolMap: { names: { a: 'fs.read', b: 'fs.read' }, risks: { 'fs.read': 'GREEN' } },
        network: { ports: 'any', mode: 'public' },
        spawn: { depthMax: 2 },
      },
      'one',
    )
    const other = layer(
      'PROJECT',
      {
        rules: { onDeny: 'BLOCK', redQuorum: 2, leadMayDecide: false, yellowTtlMs: 900_000, onUnpriced: 'ASK' },
        files: { write: ['docs/**', 'output/**'] },
        toolMap: { names: { a: 'fs.read', b: 'fs.write' }, risks: { 'fs.read': 'YELLOW' } },
        network: { ports: [443], mode: 'allowlist' },
        spawn: { depthMax: 1 },
      },
      'other',
    )
    for (const layers of [
      [one, other],
      [other, one],
    ]) {
      const compiled = compilePolicy(layers)
      expect(compiled.rules).toMatchObject({
        onDeny: 'BLOCK',
        redQuorum: 2,
        leadMayDecide: false,
        yellowTtlMs: 600_000,
      })
      expect(compiled.rules.onUnpriced).toBe('ASK')
      expect(compiled.files.write.globs).toEqual(['docs/**'])
      expect([...compiled.capabilities]).toEqual([['a', 'fs.read']])
      expect(compiled.risks.get('fs.read')).toBe('YELLOW')
      expect(compiled.network.mode).toBe('allowlist')
      expect(compiled.network.ports).toEqual(new Set([443]))
      expect(compiled.spawn.depthMax).toBe(1)
    }
  })

  it('drops a command that two policies of one level describe differently', () => {
    const commands = (flags: string[]) => ({ shell: { commands: { ls: { flags } } } })
    const same = compilePolicy([layer('GLOBAL', commands(['-l']), 'a'), layer('GLOBAL', commands(['-l']), 'b')])
    expect(same.shell.profiles.has('ls')).toBe(true)
    const differing = compilePolicy([layer('GLOBAL', commands(['-l']), 'a'), layer('GLOBAL', commands(['-a']), 'b')])
    expect(differing.shell.profiles.has('ls')).toBe(false)
  })

  it('takes smaller caps and tighter detectors', () => {
    const caps = (micros: number) => ({ budgetDefaults: { taskTypes: { DOCS: micros } } })
    const loops = (failures: number, windowMs: number) => ({ loops: { toolFailure: { failures, windowMs } } })
    const compiled = compilePolicy([
      layer('GLOBAL', { ...caps(5), ...loops(3, 5000) }, 'a'),
      layer('GLOBAL', { ...caps(2), ...loops(5, 9000) }, 'b'),
    ])
    expect(compiled.budgetDefaults.taskTypes.DOCS).toBe(2)
    expect(compiled.loops.toolFailure).toEqual({ failures: 3, windowMs: 9000 })
  })
})

describe('the schema', () => {
  const refuse = (content: unknown) => expect(policyContent.safeParse(content).success).toBe(false)

  it('refuses what it does not know and what has no limit', () => {
    refuse({ unknown: true })
    refuse({ rules: { redQuorum: 3 } })
    refuse({ rules: { redTtlMs: 1 } })
    refuse({ shell: { commands: { 'a b': {} } } })
    refuse({ shell: { commands: { ls: { flags: ['l'] } } } })
    refuse({ shell: { lengthMax: 20_000 } })
    refuse({ files: { read: Array.from({ length: 5001 }, (_, at) => `a${at}/**`) } })
    refuse({ files: { read: ['a\\b'] } })
    refuse({ toolMap: { risks: { 'fs.read': 'PURPLE' } } })
    refuse({ toolMap: { names: { x: 'Not A Capability' } } })
  })

  it('refuses sub-commands without end', () => {
    let profile: object = {}
    for (let depth = 0; depth < 6; depth += 1) profile = { subcommands: { again: profile } }
    refuse({ shell: { commands: { x: profile } } })
    const content: PolicyContent = policyContent.parse({ shell: { commands: { x: { subcommands: { a: {} } } } } })
    expect(content.shell?.commands?.x?.subcommands?.a?.flags).toEqual([])
  })
})
