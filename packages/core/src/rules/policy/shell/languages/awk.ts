/** Words by which an awk program reaches beyond its input. Refused wherever they stand, strings included. */
const REACHING_OUT = /\b(?:system|getline|ENVIRON|ARGV|ARGC|ARGIND|PROCINFO|SYMTAB|FUNCTAB|BEGINFILE|ENDFILE)\b/
/** After these a slash begins a regular expression; after anything else it may divide. */
const BEFORE_REGEX = /[{;(,!~&|\n]$/
const STATEMENT_END = /[;{}\n]/

/** Says how an awk program does more than compute and print; null when it does not. */
export function objectionToAwk(program: string): string | null {
  if (REACHING_OUT.test(program)) return 'an awk program that reaches beyond its input'
  if (/[@\\]\s*\n|@/.test(program)) return 'an awk directive or indirect call'
  const code = withoutLiterals(program)
  if (code === null) return 'an unreadable awk program'
  if (/(?<!\|)\|(?!\|)/.test(code)) return 'a pipe in an awk program'
  if (/>>/.test(code)) return 'a redirect in an awk program'
  return redirects(code) ? 'a redirect in an awk program' : null
}

/** `>` compares, unless a print stands before it in the same statement. */
function redirects(code: string): boolean {
  return code.split(STATEMENT_END).some((statement) => {
    const print = /\bprintf?\b/.exec(statement)
    return print !== null && statement.indexOf('>', print.index) !== -1
  })
}

/** The program with strings and regular expressions emptied; null when it cannot be told where one ends. */
function withoutLiterals(program: string): string | null {
  let code = ''
  for (let at = 0; at < program.length; at += 1) {
    const char = program[at] ?? ''
    if (char === '#') return null
    if (char === '"' || (char === '/' && isRegexPlace(code))) {
      const end = literalEnd(program, at, char)
      if (end === null) return null
      code += char === '"' ? '""' : '/r/'
      at = end
    } else {
      code += char
    }
  }
  return code
}

function isRegexPlace(code: string): boolean {
  const before = code.replace(/[ \t]+$/, '')
  return before === '' || BEFORE_REGEX.test(before)
}

function literalEnd(program: string, start: number, delimiter: string): number | null {
  for (let at = start + 1; at < program.length; at += 1) {
    const char = program[at]
    if (char === '\n') return null
    if (char === '\\') at += 1
    // Implementations differ on whether a slash in brackets ends a regular expression.
    else if (char === '[' && delimiter === '/' && program.slice(at).match(/^\[[^\]]*\//) !== null) return null
    else if (char === delimiter) return at
  }
  return null
}
