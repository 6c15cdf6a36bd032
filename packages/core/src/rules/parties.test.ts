import { describe, expect, test } from 'vitest'
import { ancestryOf, isLineKnown, isSameLine } from './parties.ts'

/** root → left → leaf, root → right, and a stranger. */
const ancestry = ancestryOf([
  { id: 'root', parentAgentId: null },
  { id: 'left', parentAgentId: 'root' },
  { id: 'right', parentAgentId: 'root' },
  { id: 'leaf', parentAgentId: 'left' },
  { id: 'stranger', parentAgentId: null },
])

function lineOf(agentId: string): string[] {
  return [...ancestry.keys()].filter((other) => isSameLine(agentId, other, ancestry)).toSorted()
}

describe('the spawn line of an agent', () => {
  test('R-53: is everybody above and below it, at any depth, and no sibling', () => {
    expect(lineOf('left')).toEqual(['leaf', 'left', 'root'])
    expect(lineOf('root')).toEqual(['leaf', 'left', 'right', 'root'])
    expect(lineOf('leaf')).toEqual(['leaf', 'left', 'root'])
    expect(lineOf('stranger')).toEqual(['stranger'])
  })

  test('is known only where every agent above is', () => {
    expect(isLineKnown('leaf', ancestry)).toBe(true)
    expect(isLineKnown('unknown', ancestry)).toBe(false)
    expect(isLineKnown('orphan', new Map([...ancestry, ['orphan', 'gone']]))).toBe(false)
  })
})
