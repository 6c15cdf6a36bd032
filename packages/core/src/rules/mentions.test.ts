import { describe, expect, it } from 'vitest'
import { findMentions } from './mentions.ts'

const PEOPLE = [
  { principalId: 'p1', name: 'Sam' },
  { principalId: 'p2', name: 'Sam Dot' },
  { principalId: 'p3', name: 'a.b-c' },
]
const ids = (text: string) => findMentions(text, PEOPLE).principalIds

describe('mentions', () => {
  it('takes the longest name that fits, whatever the case', () => {
    expect(ids('hello @SAM DOT, please')).toEqual(['p2'])
    expect(ids('hello @sam, please')).toEqual(['p1'])
    expect(ids('@a.b-c: look')).toEqual(['p3'])
  })

  it('names each person once', () => {
    expect(ids('@Sam and @sam and @Sam Dot')).toEqual(['p1', 'p2'])
  })

  it('does not read code, addresses, URLs or longer words as mentions', () => {
    expect(ids('`@Sam` and ```\n@Sam\n```')).toEqual([])
    expect(ids('mail x@sam.example or https://example.org/@Sam')).toEqual([])
    expect(ids('@Samuel is somebody else')).toEqual([])
  })

  it('knows the operators as such', () => {
    expect(findMentions('@operator help', PEOPLE).operators).toBe(true)
    expect(findMentions('@human help', PEOPLE).operators).toBe(true)
    expect(findMentions('@operators', PEOPLE).operators).toBe(false)
  })
})
