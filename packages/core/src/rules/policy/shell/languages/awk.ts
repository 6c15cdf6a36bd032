/** Words by which an awk program reaches beyond its input. Refused wherever they stand, strings included. */
const REACHING_OUT = /\b(?:system|getline|ENVIRON|ARGV|ARGC|ARGIND|PROCINFO|SYMTAB|FUNCTAB|BEGINFILE|ENDFILE)\b/
const STATEMENT_END = /[;{}\n]/
/** A line that ends in one of these goes on in the next. */
const GOES_ON = /(,|&&|\|\|)[ \t]*\n\s*/g
/** Words that are no operand, so that a slash behind them begins a regular expression. */
const KEYWORDS = new Set([
  'print',
  'printf',
  'in',
  'else',
  'do',
  'return',
  'case',
  'exit',
  'delete',
  'func',
  'function',
])

/** Says how an awk program does more than compute and print; null when it does not. */
export function objectionToAwk(program: string): string | null {
  if (REACHING_OUT.test(program)) return 'an awk program that reaches beyond its input'
  if (/[@\\]\s*\n|@/.test(program)) return 'an awk directive or indirect call'
  // Without one of these characters there is neither a redirect nor a pipe, however the rest is read.
  if (!/[>|]/.test(program)) return null
  const code = withoutLiterals(program)
  if (code === null) return 'an unreadable awk program'
  if (/(?<!\|)\|(?!\|)/.test(code)) return 'a pipe in an awk program'
  if (/>>/.test(code)) return 'a redirect in an awk program'
  return redirects(code.replace(GOES_ON, '$1 ')) ? 'a redirect in an awk program' : null
}

/** `>` compares, unless a print stands before it in the same statement. */
function redirects(code: string): boolean {
  return code.split(STATEMENT_END).some((statement) => {
    const print = /\bprintf?\b/.exec(statement)
    return print !== null && statement.indexOf('>', print.index) !== -1
  })
}

/** The program with strings and regular expressions emptied; null when it cannot be told where one begins or ends. */
function withoutLiterals(program: string): string | null {
  let code = ''
  for (let at = 0; at < program.length; at += 1) {
    const char = program[at] ?? ''
    if (char === '#') return null
    const meaning = char === '/' ? slashAfter(code) : null
    if (meaning === 'either') return null
    if (char === '"' || meaning === 'regex') {
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

/** Whether a slash divides or begins a regular expression. Where that is a matter of grammar, it may be either. */
function slashAfter(code: string): 'divides' | 'regex' | 'either' {
  const before = code.replace(/[ \t]+$/, '')
  const last = before.at(-1) ?? ''
  if (/\w/.test(last)) {
    const word = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? ''
    if (KEYWORDS.has(word)) return 'regex'
    // The one function that may be called without brackets.
    return word === 'length' ? 'either' : 'divides'
  }
  if (last === ']' || last === '"') return 'divides'
  // Behind the condition of an `if` it begins one, behind a sum it divides; and `a++ /b/ c` may be read both ways.
  if (last === ')' || last === '/' || before.endsWith('++') || before.endsWith('--')) return 'either'
  return 'regex'
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
