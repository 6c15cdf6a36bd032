/** Reads a sed script and says what in it is more than printing, deleting or substituting text; null when nothing is. */
export function objectionToSed(script: string): string | null {
  const reader: Reader = { text: script, at: 0, depth: 0 }
  while (reader.at < script.length) {
    const objection = command(reader)
    if (objection !== null) return objection
  }
  return reader.depth === 0 ? null : 'an unclosed block in a sed script'
}

interface Reader {
  readonly text: string
  at: number
  depth: number
}

const SIMPLE_COMMANDS = new Set(['p', 'P', 'd', 'D', 'n', 'N', 'g', 'G', 'h', 'H', 'x', '=', 'l'])
const SUBSTITUTE_FLAGS = /^[gpiI0-9]*/

function skip(reader: Reader, characters: RegExp): void {
  while (reader.at < reader.text.length && characters.test(reader.text[reader.at] ?? '')) reader.at += 1
}

function command(reader: Reader): string | null {
  skip(reader, /[\s;]/)
  if (reader.at >= reader.text.length) return null
  if (!addresses(reader)) return 'an unreadable address in a sed script'
  skip(reader, /[ \t!]/)
  const letter = reader.text[reader.at] ?? ''
  reader.at += 1
  if (letter === '{') {
    reader.depth += 1
    return null
  }
  if (letter === '}') {
    reader.depth -= 1
    return reader.depth < 0 ? 'an unopened block in a sed script' : end(reader)
  }
  if (SIMPLE_COMMANDS.has(letter)) return end(reader)
  if (letter === 'q' || letter === 'Q') {
    skip(reader, /[ 0-9]/)
    return end(reader)
  }
  if (letter === 's') return substitute(reader)
  if (letter === 'y') return delimited(reader, 2) ? end(reader) : 'an unreadable sed script'
  return `the sed command ${letter || '(none)'}`
}

/** Nothing but a separator may follow, or the rest could be read as another command. */
function end(reader: Reader): string | null {
  skip(reader, /[ \t]/)
  const next = reader.text[reader.at]
  return next === undefined || /[;\n}]/.test(next) ? null : 'an unreadable sed script'
}

function substitute(reader: Reader): string | null {
  if (!delimited(reader, 2)) return 'an unreadable sed script'
  const flags = SUBSTITUTE_FLAGS.exec(reader.text.slice(reader.at))?.[0] ?? ''
  reader.at += flags.length
  // `e` runs what was matched and `w` writes a file; both are letters here.
  return end(reader) === null ? null : 'a sed substitution that runs or writes'
}

/** Passes over `count` parts separated by the delimiter at the reader, as in `s/one/two/`. */
function delimited(reader: Reader, count: number): boolean {
  const delimiter = reader.text[reader.at]
  if (delimiter === undefined || /[\s\\A-Za-z0-9;{}]/.test(delimiter)) return false
  reader.at += 1
  for (let part = 0; part < count; part += 1) {
    if (!until(reader, delimiter, part === 0)) return false
  }
  return true
}

/**
 * Moves behind the next unescaped delimiter. Where sed implementations differ, as in brackets that hold the
 * delimiter, the script is not readable.
 */
function until(reader: Reader, delimiter: string, isPattern: boolean): boolean {
  let inBrackets = false
  while (reader.at < reader.text.length) {
    const char = reader.text[reader.at] ?? ''
    reader.at += 1
    if (char === '\\') {
      if (reader.text[reader.at] === '\n') return false
      reader.at += 1
    } else if (char === '\n') {
      return false
    } else if (char === delimiter) {
      if (inBrackets) return false
      return true
    } else if (isPattern && char === '[') {
      inBrackets = true
      // `[]…]` and `[^]…]` hold a literal bracket first.
      if (reader.text[reader.at] === '^') reader.at += 1
      if (reader.text[reader.at] === ']') reader.at += 1
    } else if (isPattern && char === ']') {
      inBrackets = false
    }
  }
  return false
}

function addresses(reader: Reader): boolean {
  if (!address(reader)) return true
  skip(reader, /[ \t]/)
  if (reader.text[reader.at] !== ',') return true
  reader.at += 1
  skip(reader, /[ \t]/)
  return address(reader)
}

/** Passes over one address if there is one. */
function address(reader: Reader): boolean {
  const rest = reader.text.slice(reader.at)
  const plain = /^(?:\$|[+~]?[0-9]+(?:~[0-9]+)?)/.exec(rest)
  if (plain !== null) {
    reader.at += plain[0].length
    return true
  }
  if (!rest.startsWith('/')) return false
  reader.at += 1
  if (!until(reader, '/', true)) {
    // Leaves the slash's command position on nothing readable, so the caller objects.
    reader.at = reader.text.length
    return true
  }
  skip(reader, /[IM]/)
  return true
}
