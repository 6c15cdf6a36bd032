import type { z } from 'zod'

/** A file or option that cannot be used. The message names the place, down to line and field. */
export class InputFault extends Error {
  override readonly name = 'InputFault'
}

/** `context.dns.example.com`: the place in a value, as people write it. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '(the whole)' : path.map(String).join('.')
}

const ISSUES_MAX = 5

/** One fault for everything a schema objects to, at a place such as `cases.jsonl: line 3`. */
export function schemaFault(place: string, error: z.ZodError): InputFault {
  const said = error.issues.slice(0, ISSUES_MAX).map(({ path, message }) => `${place}: ${fieldOf(path)}: ${message}`)
  const rest = error.issues.length - said.length
  return new InputFault(rest > 0 ? `${said.join('\n')}\n${place}: and ${rest} more` : said.join('\n'))
}

/** Reads JSON and says where it is none. */
export function parseJson(place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable'
    throw new InputFault(`${place}: no JSON: ${lineOf(text, why)}${why}`)
  }
}

/** `line 7: ` where the parser tells a position in a text of several lines. */
function lineOf(text: string, why: string): string {
  const position = /position (\d+)/.exec(why)?.[1]
  if (position === undefined || !text.includes('\n')) return ''
  return `line ${text.slice(0, Number(position)).split('\n').length}: `
}
