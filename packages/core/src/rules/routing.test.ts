import { describe, expect, test } from 'vitest'
import { EXECUTION_TYPES, EXECUTOR_KINDS, type Executor } from '../model/execution.ts'
import { BUILT_IN_SECTIONS } from './policy/defaults.ts'
import { chosenExecutor, EXECUTOR_SILENCE_MS } from './routing.ts'

const NOW = 1_800_000_000_000
const RULES = BUILT_IN_SECTIONS.execution as unknown as Parameters<typeof chosenExecutor>[2]

function executor(id: string, fields: Partial<Executor> = {}): Executor {
  return {
    id,
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    projectId: 'p',
    principalId: `prn-${id}`,
    name: id,
    kind: 'CURSOR',
    types: [...EXECUTION_TYPES],
    capacity: 1,
    costWeight: 1,
    healthy: true,
    lastSeenAt: NOW,
    load: 0,
    ...fields,
  }
}

const change = { type: 'CODE_CHANGE', executorKind: null } as const
const choose = (executors: readonly Executor[], request: Parameters<typeof chosenExecutor>[0] = change) =>
  chosenExecutor(request, executors, RULES, NOW)?.id ?? null

describe('the choice of an executor', () => {
  test('takes the kind that the policy prefers, and falls back along the chain', () => {
    const all = EXECUTOR_KINDS.map((kind) => executor(kind, { kind }))
    expect(choose(all)).toBe('CURSOR')
    expect(choose(all.filter(({ kind }) => kind !== 'CURSOR'))).toBe('CLAUDE_CODE')
    expect(choose(all, { type: 'CONTENT', executorKind: null })).toBe('OPENCLAW_AGENT')
    expect(choose(all, { type: 'CONTENT', executorKind: 'CURSOR' })).toBe('CURSOR')
    expect(choose([executor('x', { kind: 'CURSOR' })], { type: 'CONTENT', executorKind: null })).toBeNull()
  })

  test('never takes one that is unhealthy, silent, full or of other types', () => {
    expect(choose([executor('a', { healthy: false })])).toBeNull()
    expect(choose([executor('a', { lastSeenAt: NOW - EXECUTOR_SILENCE_MS })])).toBeNull()
    expect(choose([executor('a', { load: 1 })])).toBeNull()
    expect(choose([executor('a', { types: ['OPS'] })])).toBeNull()
  })

  test('takes the cheapest, then the least busy', () => {
    const one = executor('one', { costWeight: 2, capacity: 9 })
    const two = executor('two', { costWeight: 1, capacity: 9, load: 5 })
    const three = executor('three', { costWeight: 1, capacity: 9, load: 4 })
    expect(choose([one, two, three])).toBe('three')
    expect(choose([one, two])).toBe('two')
  })
})
