import { describe, expect, test } from 'vitest'
import { answered, answerProblem, type DisputeAnswer, type DisputeSide, isAnswered, sideToAnswer } from './dispute.ts'

const OPEN = { verb: 'REFUTE', status: 'OPEN', round: 1, response: null } as const

/** Plays the answers in turn; a text is why one was refused. */
function play(...answers: readonly (readonly [DisputeSide, DisputeAnswer])[]) {
  let standing: Parameters<typeof answered>[0] = OPEN
  for (const [side, answer] of answers) {
    const problem = answerProblem(standing, side, answer)
    if (problem !== null) return problem
    standing = { ...standing, ...answered(standing, answer, 'because') }
  }
  return [standing.status, standing.round]
}

describe('a dispute', () => {
  test('ends where the author accepts, in either round', () => {
    expect(play(['AUTHOR', 'ACCEPT'])).toEqual(['ACCEPTED', 1])
    expect(play(['AUTHOR', 'REJECT'], ['REVIEWER', 'INSIST'], ['AUTHOR', 'ACCEPT'])).toEqual(['ACCEPTED', 2])
  })

  test('ends where the reviewer gives in', () => {
    expect(play(['AUTHOR', 'REJECT'], ['REVIEWER', 'CLOSE'])).toEqual(['REJECTED', 1])
  })

  test('is escalated by the second rejection, and answered by nobody after that', () => {
    const twice = [
      ['AUTHOR', 'REJECT'],
      ['REVIEWER', 'INSIST'],
      ['AUTHOR', 'REJECT'],
    ] as const
    expect(play(...twice)).toEqual(['ESCALATED', 2])
    expect(play(...twice, ['REVIEWER', 'INSIST'])).toBe('it is ESCALATED')
    expect(play(...twice, ['REVIEWER', 'CLOSE'])).toBe('it is ESCALATED')
  })

  test('is answered in turn, by each side with its own answers', () => {
    expect(play(['REVIEWER', 'CLOSE'])).toBe('the author answers now')
    expect(play(['AUTHOR', 'REJECT'], ['AUTHOR', 'ACCEPT'])).toBe('the reviewer answers now')
    expect(play(['AUTHOR', 'CLOSE'])).toContain('ACCEPT or REJECT')
    expect(play(['AUTHOR', 'REJECT'], ['REVIEWER', 'ACCEPT'])).toContain('CLOSE or INSIST')
  })

  test('is about a REFUTE only', () => {
    expect(answerProblem({ ...OPEN, verb: 'CHANGESET' }, 'AUTHOR', 'ACCEPT')).not.toBeNull()
    expect(sideToAnswer({ ...OPEN, verb: 'CHANGESET' })).toBeNull()
  })

  test('knows an answer it was given before', () => {
    const rejected = { ...OPEN, ...answered(OPEN, 'REJECT', 'because') }
    expect(isAnswered(rejected, 'REJECT', 'because')).toBe(true)
    expect(isAnswered(rejected, 'REJECT', 'another reason')).toBe(false)
    expect(isAnswered(OPEN, 'INSIST', 'again')).toBe(false)
    expect(isAnswered({ ...rejected, ...answered(rejected, 'INSIST', 'again') }, 'INSIST', 'again')).toBe(true)
  })
})
