import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../steps.ts'

const FIRST = 1
const LAST = 117
const SKIPPED = new Set(['node_modules', 'dist', '.cache', '.git', '.mission-control', 'coverage'])

/** Every required refusal by its number, `R-01` to `R-117`. */
export const REQUIRED: readonly string[] = Array.from({ length: LAST - FIRST + 1 }, (_, at) => numberOf(at + FIRST))

function numberOf(at: number): string {
  return `R-${String(at).padStart(2, '0')}`
}

/** Numbers that no test can have yet, each with what it waits for. An entry goes when the test comes. */
export const WAITING: Readonly<Record<string, string>> = {
  'R-107': 'the guides whose samples it runs',
  'R-108': 'the dashboard',
}

/** Numbers that have a test, and of which a part waits. */
export const PARTLY: Readonly<Record<string, string>> = {
  'R-01': 'each route, stream, MCP tool and bot update of the finished host',
}

/** Every file of tests below a folder. */
export function* testFiles(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* testFiles(path)
    else if (entry.name.endsWith('.test.ts')) yield path
  }
}

/** Where a title of a test names a number: not in a comment, and not in the list above. */
const TITLE = /(?:\b(?:test|describe|it)\b[^\n]*?|^\s*)(['"`])((?:(?!\1)[^\n])*?R-\d(?:(?!\1)[^\n])*)\1/gm

/** The numbers that each file's tests name. */
export function namedNumbers(): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>()
  for (const folder of ['packages', 'examples', 'bench', 'scripts', 'test-support']) {
    for (const path of testFiles(join(root, folder))) {
      for (const number of numbersIn(readFileSync(path, 'utf8'))) {
        files.set(number, [...(files.get(number) ?? []), relative(root, path)])
      }
    }
  }
  return files
}

/** The numbers in the titles of one file's tests. `R-05 to R-07` names all of them. */
export function numbersIn(source: string): ReadonlySet<string> {
  const withoutComments = source.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  const numbers = new Set<string>()
  for (const [, , title = ''] of withoutComments.matchAll(TITLE)) {
    for (const [, from = '', to] of title.matchAll(/\bR-(\d+)(?: to R-(\d+))?/g)) {
      for (let at = Number(from); at <= Number(to ?? from); at++) numbers.add(numberOf(at))
    }
  }
  return numbers
}
