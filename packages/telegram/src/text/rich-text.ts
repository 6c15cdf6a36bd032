import type { MessageEntity } from 'grammy/types'
import { cutText } from './cut-text.ts'

/**
 * Text with its entities. Messages are only ever built from these, with no markup for Telegram to read, so that no
 * value can become one.
 */
export interface RichText {
  readonly text: string
  readonly entities: readonly MessageEntity[]
}

/** Longest value on one line, in UTF-16 units. */
const VALUE_UNITS_MAX = 1000

export type Part = string | RichText

type Style = 'bold' | 'italic' | 'code' | 'pre'

/** Joins parts; entities move with their text. Offsets count UTF-16 units, as JavaScript does. */
export function rich(...parts: readonly Part[]): RichText {
  let text = ''
  const entities: MessageEntity[] = []
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    for (const entity of part.entities) entities.push({ ...entity, offset: entity.offset + text.length })
    text += part.text
  }
  return { text, entities }
}

/** Joins lines; what is null is left out. */
export function lines(...given: readonly (Part | null)[]): RichText {
  const kept = given.filter((line) => line !== null)
  return rich(...kept.flatMap((line, at) => (at === 0 ? [line] : ['\n', line])))
}

function styled(type: Style, text: string): RichText {
  // An empty entity is refused by Telegram.
  return { text, entities: text === '' ? [] : [{ type, offset: 0, length: text.length }] }
}

export function bold(text: string): RichText {
  return styled('bold', text)
}

/**
 * Text that somebody else wrote, on one line. As code nothing in it becomes a link, a command or a name to tap, and what
 * does not show is shown.
 */
export function value(text: string, unitsMax = VALUE_UNITS_MAX): RichText {
  const line = text.replaceAll(/[\r\n\u0085\u2028\u2029]+/g, ' ⏎ ').replaceAll('\t', ' ')
  return styled('code', cutText(revealed(line), unitsMax))
}

/** Text that somebody else wrote, with its lines. */
export function block(text: string, unitsMax = Number.MAX_SAFE_INTEGER): RichText {
  return styled('pre', cutText(revealed(text.replaceAll(/\r\n?/g, '\n')), unitsMax))
}

/**
 * What does not show, or makes text show otherwise: controls, changes of direction, joiners, tags, fillers. Lines and
 * tabs are left, and what joins an emoji.
 */
const HIDDEN =
  /(?<!\p{Extended_Pictographic}\uFE0F?)\u200D|\u200D(?!\p{Extended_Pictographic})|(?![\n\t\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|[\u115F\u1160\u2800\u3164\uFFA0]|\u034F|\u17B4|\u17B5|[\u{E0100}-\u{E01EF}]/gu

/** The text with everything hidden in it written out. */
export function revealed(text: string): string {
  return text.toWellFormed().replaceAll(HIDDEN, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return `⟦U+${code}⟧`
  })
}

/** Whether a reader would not see all of it as it is. */
export function hidesSomething(text: string): boolean {
  return revealed(text) !== text
}
