import { usdFromMicros } from '../../model/money.ts'

/** Characters that would begin a heading, a link, a tag or a mention where only text was meant. */
const SPECIAL = /[\\`*_{}[\]<>#|~!@]/g

/** One line of text that stays text: no markup, no line break, nothing invisible. */
export function said(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll(SPECIAL, (char) => `\\${char}`)
    .trim()
}

/** Several lines of text, set as a quotation, so that no line of it passes for the report's own. */
export function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `> ${said(line)}`.trimEnd())
    .join('\n')
}

/** A bulleted list, or a word that there is nothing. */
export function bullets(lines: readonly string[], none: string): string {
  return lines.length === 0 ? none : lines.map((line) => `- ${line}`).join('\n')
}

/** A table; the cells must have been through `said` where they hold what others wrote. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** `$1.25`, or `no cap`. */
export function usd(micros: number | null): string {
  return micros === null ? 'no cap' : `$${usdFromMicros(micros)}`
}

/** `2026-01-05 09:00 UTC` */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** A document from its parts. */
export function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}
