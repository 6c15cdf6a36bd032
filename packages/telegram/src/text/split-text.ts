import type { MessageEntity } from 'grammy/types'
import { characterEnd } from './cut-text.ts'
import type { RichText } from './rich-text.ts'

/** Longest text of a message, in UTF-16 units, as Telegram counts after it has taken the entities. */
export const TEXT_UNITS_MAX = 4096
/** Entities of one message that Telegram heeds. */
const ENTITIES_MAX = 100

/**
 * Splits a text into messages. It is cut between lines where it can be, never inside a character, and an entity that
 * does not fit goes on as an entity of the next message.
 */
export function splitText(whole: RichText, unitsMax = TEXT_UNITS_MAX): RichText[] {
  const parts: RichText[] = []
  let rest = whole
  while (rest.text.length > unitsMax || rest.entities.length > ENTITIES_MAX) {
    const at = cutPlace(rest, unitsMax)
    parts.push(sliceText(rest, 0, at))
    rest = sliceText(rest, rest.text[at] === '\n' ? at + 1 : at, rest.text.length)
  }
  parts.push(rest)
  return parts.filter(({ text }) => text.trim() !== '')
}

/** A part of a text with the entities that lie in it. */
export function sliceText({ text, entities }: RichText, from: number, to: number): RichText {
  const kept = entities.flatMap((entity): MessageEntity[] => {
    const start = Math.max(entity.offset, from)
    const end = Math.min(entity.offset + entity.length, to)
    return end <= start ? [] : [{ ...entity, offset: start - from, length: end - start }]
  })
  return { text: text.slice(from, to), entities: kept }
}

function cutPlace({ text, entities }: RichText, unitsMax: number): number {
  const nextEntity = entities.toSorted((one, other) => one.offset - other.offset)[ENTITIES_MAX]
  const limit = Math.max(1, Math.min(unitsMax, text.length, nextEntity?.offset ?? text.length))
  const isFree = (at: number) => !entities.some(({ offset, length }) => offset < at && at < offset + length)
  for (let at = text.lastIndexOf('\n', limit); at > 0; at = text.lastIndexOf('\n', at - 1)) if (isFree(at)) return at
  const around = entities.find(({ offset, length }) => offset < limit && limit < offset + length)
  if (around === undefined) return characterEnd(text, limit)
  // An entity that would fit into a message of its own is not cut; one that never would is.
  if (around.offset > 0 && around.length <= unitsMax) return around.offset
  const newline = text.lastIndexOf('\n', limit)
  return newline > around.offset ? newline : characterEnd(text, limit)
}
