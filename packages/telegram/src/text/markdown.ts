import { bold, lines, type RichText, value } from './rich-text.ts'

const HEADING = /^#{1,6}\s+(.*)$/
const BULLET = /^\s*[-*]\s+(.*)$/
const ESCAPED = /\\([!-/:-@[-`{-~])/g

/** A report as a chat shows it: headings bold, the rest as it is, nothing in it a link or a command. */
export function fromMarkdown(markdown: string): RichText {
  const told = markdown
    .trim()
    .split('\n')
    .map((line): RichText | string => {
      const heading = HEADING.exec(line)?.[1]
      if (heading !== undefined) return bold(plain(heading))
      const bullet = BULLET.exec(line)?.[1]
      if (bullet !== undefined) return lines(value(`• ${plain(bullet)}`))
      return line.trim() === '' ? '' : value(plain(line))
    })
  return lines(...told)
}

function plain(text: string): string {
  return text.replaceAll(ESCAPED, '$1')
}
