import type { Task } from '../model/task.ts'

/** Most words of one search, and most characters. */
export const SEARCH_TOKENS_MAX = 10
export const SEARCH_CHARS_MAX = 200

/** What a task scores for each token, and for itself. Both adapters rank by this table. */
export const SEARCH_WEIGHTS = {
  titleContains: 10,
  titleWord: 5,
  titlePrefix: 3,
  descriptionContains: 5,
  /** For each label. */
  labelContains: 5,
  labelEquals: 3,
  typeContains: 2,
  createdToday: 2,
  createdThisWeek: 1,
  isUnderWay: 3,
} as const

export const SEARCH_UNDER_WAY = ['IN_PROGRESS', 'REVIEW', 'NEEDS_APPROVAL'] as const
export const SEARCH_TODAY_MS = 24 * 60 * 60_000
export const SEARCH_WEEK_MS = 7 * SEARCH_TODAY_MS

/** What stands between words: every ASCII character that is neither letter nor digit. */
export const WORD_SEPARATORS = ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
const separators = new Set(WORD_SEPARATORS)

/**
 * Text without the difference of upper and lower case: code point by code point, so that every store can do the same,
 * and with one small sigma.
 */
export function folded(text: string): string {
  return Array.from(text, (char) => Array.from(char.toLowerCase())[0] ?? '')
    .join('')
    .replaceAll('ς', 'σ')
}

/** The words to look for; every other character counts as itself. */
export function searchTokens(text: string): string[] {
  const words = folded(text)
    .split(/\s+/)
    .filter((word) => word !== '')
  return [...new Set(words)].slice(0, SEARCH_TOKENS_MAX)
}

function asWords(text: string): string {
  return ` ${Array.from(text, (char) => (separators.has(char) ? ' ' : char)).join('')} `
}

/** How well a task fits; null when one of the tokens is nowhere in it. */
export function taskScore(task: Task, tokens: readonly string[], at: number): number | null {
  const title = folded(task.title)
  const description = folded(task.description ?? '')
  const labels = task.labels.map(folded)
  const type = folded(task.type)
  const weights = SEARCH_WEIGHTS
  let score = 0
  for (const token of tokens) {
    const fits = [title, description, type, ...labels].some((text) => text.includes(token))
    if (!fits) return null
    if (title.includes(token)) score += weights.titleContains
    if (asWords(title).includes(asWords(token))) score += weights.titleWord
    if (title.startsWith(token)) score += weights.titlePrefix
    if (description.includes(token)) score += weights.descriptionContains
    score += labels.filter((label) => label.includes(token)).length * weights.labelContains
    score += labels.filter((label) => label === token).length * weights.labelEquals
    if (type.includes(token)) score += weights.typeContains
  }
  const ageMs = at - task.createdAt
  if (ageMs < SEARCH_TODAY_MS) score += weights.createdToday
  else if (ageMs < SEARCH_WEEK_MS) score += weights.createdThisWeek
  if ((SEARCH_UNDER_WAY as readonly string[]).includes(task.status)) score += weights.isUnderWay
  return score
}

/** Whether all tokens are in one of the texts. */
export function textsFit(texts: readonly string[], tokens: readonly string[]): boolean {
  const said = texts.map(folded)
  return tokens.every((token) => said.some((text) => text.includes(token)))
}
