import { describe, expect, test } from 'vitest'
import { BUILT_IN_SECTIONS } from '../policy/defaults.ts'
import { errorSignature, noProgressLoop, toolFailureLoop } from './call-loop.ts'
import { alternations, type TaskHistory, taskLoop } from './task-loop.ts'

const NOW = 1_800_000_000_000
const MINUTE_MS = 60_000
const LIMITS = BUILT_IN_SECTIONS.loops

type Message = TaskHistory['messages'][number]

function message(agentId: string | null, minutesAgo: number, type: Message['type'] = 'COMMENT'): Message {
  const kind = agentId === null ? 'HUMAN' : 'AGENT'
  const author = { kind, id: agentId ?? 'human', role: 'SPECIALIST', name: 'x', agentId } as const
  return { author, type, createdAt: NOW - minutesAgo * MINUTE_MS }
}

const NOTHING: TaskHistory = { messages: [], transitions: [], runs: [] }
const found = (history: Partial<TaskHistory>) => taskLoop({ ...NOTHING, ...history }, LIMITS, NOW)?.detector ?? null
const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

describe('loops of a task', () => {
  test('more than 20 messages of agents in 30 minutes are a storm, and 20 are not', () => {
    const spoken = (count: number, minutesAgo: number) => times(count, () => message('a', minutesAgo))
    expect(found({ messages: spoken(20, 1) })).toBeNull()
    expect(found({ messages: spoken(21, 29) })).toBe('COMMENT_STORM')
    expect(found({ messages: spoken(21, 30) })).toBeNull()
    expect(found({ messages: times(40, () => message(null, 1)) })).toBeNull()
    expect(found({ messages: times(40, () => message('a', 1, 'SYSTEM')) })).toBeNull()
  })

  test('more than 8 turns of two agents in 10 minutes are a back-and-forth, whoever speaks between them', () => {
    const turns = (count: number, minutesAgo: number) =>
      times(count, (index) => message(index % 2 === 0 ? 'a' : 'b', minutesAgo))
    expect(found({ messages: turns(9, 1) })).toBeNull()
    expect(found({ messages: turns(10, 1) })).toBe('BACK_AND_FORTH')
    expect(found({ messages: turns(10, 10) })).toBeNull()
    expect(
      found({ messages: turns(10, 1).flatMap((entry, index) => (index === 4 ? [entry, message('c', 1)] : [entry])) }),
    ).toBe('BACK_AND_FORTH')
    expect(alternations(['a', 'a', 'b', 'b', 'a']).count).toBe(2)
  })

  test('five failures in the last ten runs, however old, and not four', () => {
    const runs = (failed: number, others: number) => [
      ...times(others, () => ({ status: 'COMPLETED' as const, agentId: 'a', createdAt: NOW - 9_999 * MINUTE_MS })),
      ...times(failed, () => ({ status: 'FAILED' as const, agentId: 'a', createdAt: NOW - 9_999 * MINUTE_MS })),
    ]
    expect(found({ runs: runs(4, 0) })).toBeNull()
    expect(found({ runs: runs(5, 5) })).toBe('RUN_FAILURE')
    expect(found({ runs: runs(5, 6) })).toBeNull()
  })

  test('six moves in an hour with one of them three times, since the task was last untied', () => {
    const move = (index: number, minutesAgo: number) => {
      const edge =
        index % 2 === 0 ? ({ from: 'INBOX', to: 'ASSIGNED' } as const) : ({ from: 'ASSIGNED', to: 'INBOX' } as const)
      return { ...edge, createdAt: NOW - minutesAgo * MINUTE_MS }
    }
    expect(found({ transitions: times(5, (index) => move(index, 1)) })).toBeNull()
    expect(found({ transitions: times(6, (index) => move(index, 1)) })).toBe('OSCILLATION')
    expect(found({ transitions: times(6, (index) => move(index, 60)) })).toBeNull()
    const untied = { from: 'BLOCKED', to: 'ASSIGNED', createdAt: NOW - 2 * MINUTE_MS } as const
    expect(found({ transitions: [untied, ...times(6, (index) => move(index, 3))] })).toBeNull()
  })
})

describe('loops of calls', () => {
  const failure = (id: string, error: string, minutesAgo = 0) => ({
    id,
    toolName: 'exec',
    error,
    agentId: 'a',
    endedAt: NOW - minutesAgo * MINUTE_MS,
  })
  const since = { now: NOW, since: 0 }

  test('the third equal error of a tool in ten minutes, numbers aside', () => {
    const limit = LIMITS.toolFailure
    const failed = failure('3', 'timeout after 30 ms')
    const earlier = [failure('2', 'Timeout after 5 ms', 1), failure('1', 'timeout after 7 ms', 9)]
    expect(toolFailureLoop(failed, earlier, limit, since)?.count).toBe(3)
    expect(toolFailureLoop(failed, earlier.slice(1), limit, since)).toBeNull()
    expect(toolFailureLoop(failed, [...earlier.slice(1), failure('2', 'not found', 1)], limit, since)).toBeNull()
    expect(
      toolFailureLoop(failed, [failure('1', 'timeout after 7 ms', 10), earlier[0] ?? failed], limit, since),
    ).toBeNull()
    expect(toolFailureLoop(failed, earlier, limit, { now: NOW, since: NOW - 2 * MINUTE_MS })).toBeNull()
    const other = earlier.map((entry) => ({ ...entry, toolName: 'fetch' }))
    expect(toolFailureLoop(failed, other, limit, since)).toBeNull()
  })

  test('errors of one cause have one signature, and others have not', () => {
    expect(errorSignature('Error 0xdeadbeef at 12:00')).toBe(errorSignature('error 0x01 at 13:37'))
    expect(errorSignature('no such file')).not.toBe(errorSignature('no such host'))
    expect(errorSignature(null)).toBe('')
  })

  test('the tenth equal call of a run, where the outcome is the same', () => {
    const call = { toolName: 'read_file', agentId: 'a', status: 'SUCCESS', decision: 'ALLOW' } as const
    const limit = LIMITS.noProgress
    expect(
      noProgressLoop(
        call,
        times(8, () => call),
        limit,
      ),
    ).toBeNull()
    expect(
      noProgressLoop(
        call,
        times(9, () => call),
        limit,
      )?.count,
    ).toBe(10)
    expect(noProgressLoop(call, [...times(8, () => call), { ...call, status: 'FAILED' as const }], limit)).toBeNull()
  })
})
