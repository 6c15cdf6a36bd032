/** Somebody who can be mentioned. */
export interface Mentionable {
  readonly principalId: string
  readonly name: string
}

const OPERATOR_MENTIONS = ['operator', 'human'] as const

/** Text in which nobody is meant: code blocks, inline code, e-mail addresses and URLs. */
const SILENT = /```[\s\S]*?(?:```|$)|`[^`\n]*`|\bhttps?:\/\/\S+|[\w.+-]+@[\w-]+\.[\w.-]+/g

function isWordChar(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char)
}

export interface Mentions {
  readonly principalIds: readonly string[]
  /** Whether the operators as such are meant (`@operator`, `@human`). */
  readonly operators: boolean
}

/** Who is meant by `@name` in a text: case-insensitive, the longest name that fits, each once. */
export function findMentions(text: string, people: readonly Mentionable[]): Mentions {
  const readable = text.replace(SILENT, (match) => ' '.repeat(match.length))
  const lower = readable.toLowerCase()
  const byLength = [...people].sort((left, right) => right.name.length - left.name.length)
  const principalIds = new Set<string>()
  let operators = false
  for (let at = lower.indexOf('@'); at !== -1; at = lower.indexOf('@', at + 1)) {
    if (isWordChar(lower[at - 1])) continue
    const rest = lower.slice(at + 1)
    const fits = (name: string) => rest.startsWith(name) && !isWordChar(rest[name.length])
    const person = byLength.find((candidate) => fits(candidate.name.toLowerCase()))
    if (person !== undefined) principalIds.add(person.principalId)
    else if (OPERATOR_MENTIONS.some(fits)) operators = true
  }
  return { principalIds: [...principalIds], operators }
}
