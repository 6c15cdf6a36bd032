import type { RecordOf } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import { planOf } from '../../src/commit-plan.ts'
import {
  accountOf,
  agentRecord,
  changed,
  commitOf,
  livenessRecord,
  policyRecord,
  projectRecord,
  put,
  systemRecord,
  taskRecord,
  writing,
} from '../records.ts'

describe('accounts', () => {
  const account = accountOf()
  const moveOf = (...adds: readonly [number, number | null][]) =>
    planOf(commitOf({ adds: adds.map(([reserved, limit]) => ({ account, reserved, settled: 0, limit })) })).moves[0]

  test('a move has room below its ceiling', () => {
    expect(moveOf([60, 100])).toEqual({ id: account, reserved: 60, settled: 0, room: 40 })
  })

  test('without a ceiling, or giving back, there is always room', () => {
    expect(moveOf([60, null])?.room).toBeNull()
    expect(moveOf([-60, 0])?.room).toBeNull()
    expect(moveOf([0, 0])?.room).toBeNull()
  })

  test('moves act in their order: what is given back first makes room', () => {
    expect(moveOf([-50, 100], [50, 100])).toMatchObject({ reserved: 0, room: 100 })
    expect(moveOf([50, 100], [-50, 100])).toMatchObject({ reserved: 0, room: 50 })
    expect(moveOf([50, 100], [50, 90])).toMatchObject({ reserved: 100, room: -10 })
  })

  test('are sorted, so that everybody locks them in one order', () => {
    const adds = ['b', 'c', 'a'].map((scope) => ({ account: accountOf(scope), reserved: 1, settled: 0, limit: null }))
    expect(planOf(commitOf({ adds })).moves.map(({ id }) => id)).toEqual(
      ['a', 'b', 'c'].map((scope) => accountOf(scope)),
    )
  })

  test('moves that do not add up exactly are a bug', () => {
    expect(() => moveOf([Number.MAX_SAFE_INTEGER, null], [1, null])).toThrow('exactly')
  })
})

describe('records', () => {
  test('rows are locked by kind and id, whatever the order of the checks', () => {
    const checks = [
      { kind: 'run' as const, id: 'b', version: 2 },
      { kind: 'task' as const, id: 'z', version: 3 },
      { kind: 'run' as const, id: 'a', version: 1 },
    ]
    expect(planOf(commitOf({ checks })).locks).toEqual([
      { kind: 'task', id: 'z', version: 3 },
      { kind: 'run', id: 'a', version: 1 },
      { kind: 'run', id: 'b', version: 2 },
    ])
  })

  test('settings are proven by the guard, and locked only when they are written', () => {
    const agent = agentRecord()
    const { settings, locks } = planOf(
      writing([put('agent', changed(agent, {}))], { checks: [{ kind: 'system', id: 'system', version: 4 }] }),
    )
    expect(settings.map(({ kind, version }) => [kind, version])).toEqual([
      ['agent', 1],
      ['system', 4],
    ])
    expect(locks).toEqual([{ kind: 'agent', id: agent.id, version: 1 }])
  })

  test('writing a setting closes the gate it is behind', () => {
    const closes = (...puts: Parameters<typeof writing>[0]) => planOf(writing(puts)).closes
    expect(closes(put('agent', agentRecord()))).toEqual(['prj_1'])
    expect(closes(put('project', projectRecord('prj_7')))).toEqual(['prj_7'])
    expect(closes(put('system', systemRecord()))).toEqual([''])
    expect(closes(put('policy', { ...policyRecord(), projectId: null }), put('system', systemRecord()))).toEqual([''])
    expect(closes(put('task', taskRecord()), put('liveness', livenessRecord()))).toEqual([])
  })

  test('a record that must not exist and is not written is left to the guard', () => {
    const checks = [{ kind: 'liveness' as const, id: 'agt_1', version: null }]
    const { absent, locks } = planOf(writing([put('task', taskRecord())], { checks }))
    expect(absent.map(({ kind, id }) => [kind, id])).toEqual([['liveness', 'agt_1']])
    expect(locks).toEqual([])
  })

  test('who takes a unique key is told from who gives it up', () => {
    const old = policyRecord('pol_a')
    const next: RecordOf<'policy'> = { ...policyRecord('pol_b'), state: 'DRAFT' }
    const puts = [
      put('policy', changed(next, { state: 'ACTIVE' })),
      put('policy', changed(old, { state: 'SUPERSEDED' })),
    ]
    expect(planOf(writing(puts)).updates.map(({ id, takesKey }) => [id, takesKey])).toEqual([
      ['pol_b', true],
      ['pol_a', false],
    ])
  })
})
