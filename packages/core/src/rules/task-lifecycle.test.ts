import { describe, expect, it } from 'vitest'
import { TASK_STATUSES, type TaskStatus } from '../model/task.ts'
import { allowedTargets, CAPACITIES, type Capacity, findEdge, TRANSITIONS } from './task-lifecycle.ts'

// Written by hand from the specification's table, in another shape than the code's, so that a slip in one shows.
// Letters: C claimant, W worker, R reviewer, L lead, H human, S system.
const EXPECTED: Readonly<Record<TaskStatus, Partial<Record<TaskStatus, string>>>> = {
  INBOX: { ASSIGNED: 'CLHS', NEEDS_APPROVAL: 'S', BLOCKED: 'HS', CANCELED: 'H' },
  ASSIGNED: { IN_PROGRESS: 'WH', INBOX: 'HS', NEEDS_APPROVAL: 'S', BLOCKED: 'HS', CANCELED: 'H' },
  IN_PROGRESS: { REVIEW: 'WH', ASSIGNED: 'HS', NEEDS_APPROVAL: 'S', BLOCKED: 'WHS', CANCELED: 'H' },
  REVIEW: { IN_PROGRESS: 'RHS', ASSIGNED: 'H', DONE: 'HL', NEEDS_APPROVAL: 'HS', BLOCKED: 'HS', CANCELED: 'H' },
  NEEDS_APPROVAL: {
    INBOX: 'HS',
    ASSIGNED: 'HS',
    IN_PROGRESS: 'HS',
    REVIEW: 'HS',
    DONE: 'S',
    BLOCKED: 'HS',
    CANCELED: 'H',
  },
  BLOCKED: { NEEDS_APPROVAL: 'H', ASSIGNED: 'H', IN_PROGRESS: 'H', CANCELED: 'H' },
  DONE: {},
  CANCELED: {},
}

const LETTER: Readonly<Record<Capacity, string>> = {
  CLAIMANT: 'C',
  WORKER: 'W',
  REVIEWER: 'R',
  LEAD: 'L',
  HUMAN: 'H',
  SYSTEM: 'S',
}

const CELLS = TASK_STATUSES.flatMap((from) => TASK_STATUSES.map((to) => [from, to] as const))

describe('the transition table (R-12, R-25)', () => {
  it.each(CELLS)('%s → %s is open to exactly the listed capacities', (from, to) => {
    const letters = EXPECTED[from][to] ?? ''
    for (const capacity of CAPACITIES) {
      const mayMove = findEdge(from, to)?.capacities.includes(capacity) ?? false
      expect(mayMove, `${from} → ${to} as ${capacity}`).toBe(letters.includes(LETTER[capacity]))
    }
  })

  it('has 31 of the 64 cells, each once', () => {
    expect(CELLS).toHaveLength(64)
    expect(TRANSITIONS).toHaveLength(31)
    expect(new Set(TRANSITIONS.map((edge) => `${edge.from}>${edge.to}`)).size).toBe(31)
  })

  it('lets nobody out of DONE and CANCELED (R-24)', () => {
    for (const capacity of CAPACITIES) {
      expect(allowedTargets('DONE', [capacity])).toEqual([])
      expect(allowedTargets('CANCELED', [capacity])).toEqual([])
    }
  })

  it('reaches every state from INBOX', () => {
    const reached = new Set<TaskStatus>(['INBOX'])
    for (let grew = true; grew; ) {
      const before = reached.size
      for (const edge of TRANSITIONS) if (reached.has(edge.from)) reached.add(edge.to)
      grew = reached.size > before
    }
    expect([...reached].sort()).toEqual([...TASK_STATUSES].sort())
  })

  it('has the completion guard on every way into DONE', () => {
    const ways = TRANSITIONS.filter((edge) => edge.to === 'DONE')
    expect(ways.map((edge) => edge.from)).toEqual(['REVIEW', 'NEEDS_APPROVAL'])
    for (const edge of ways) {
      expect(edge.guards).toEqual(expect.arrayContaining(['deliverable', 'completion-approved', 'no-open-dispute']))
    }
  })

  it('demands a reason on every way into BLOCKED and CANCELED', () => {
    for (const edge of TRANSITIONS.filter((entry) => entry.to === 'BLOCKED' || entry.to === 'CANCELED')) {
      expect(edge.guards).toContain('reason')
    }
  })
})
