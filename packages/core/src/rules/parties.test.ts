import { describe, expect, test } from 'vitest'
import { ancestryOf, isSameLine, spawnDepth, spawnTreeOf } from './parties.ts'

/** root → left → leaf, root → right, and a stranger. */
const ancestry = ancestryOf([
  { id: 'root', parentAgentId: null },
  { id: 'left', parentAgentId: 'root' },
  { id: 'right', parentAgentId: 'root' },
  { id: 'leaf', parentAgentId: 'left' },
  { id: 'stranger', parentAgentId: null },
])

describe('the spawn tree of an agent', () => {
  test('R-53: is its whole line, above and below, at any depth', () => {
    expect([...spawnTreeOf('left', ancestry)].toSorted()).toEqual(['leaf', 'left', 'root'])
    expect([...spawnTreeOf('root', ancestry)].toSorted()).toEqual(['leaf', 'left', 'right', 'root'])
    expect([...spawnTreeOf('leaf', ancestry)].toSorted()).toEqual(['leaf', 'left', 'root'])
  })

  test('says the same as the question about two agents', () => {
    for (const one of ancestry.keys()) {
      const tree = spawnTreeOf(one, ancestry)
      for (const other of ancestry.keys()) expect(tree.has(other)).toBe(isSameLine(one, other, ancestry))
    }
  })

  test('of an agent nobody knows is that agent alone', () => {
    expect([...spawnTreeOf('unknown', ancestry)]).toEqual(['unknown'])
  })

  test('counts its depth from the agent that nobody spawned', () => {
    expect(['root', 'left', 'leaf'].map((id) => spawnDepth(id, ancestry))).toEqual([0, 1, 2])
  })
})
