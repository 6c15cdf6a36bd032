/** Tests of files, by name only. */
const FILE_TESTS = new Set([
  '-e',
  '-f',
  '-d',
  '-s',
  '-r',
  '-w',
  '-x',
  '-L',
  '-h',
  '-p',
  '-S',
  '-b',
  '-c',
  '-O',
  '-G',
  '-N',
])
const FILE_COMPARISONS = new Set(['-nt', '-ot', '-ef'])
const NUMBER_COMPARISONS = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge'])
const TEXT_OPERATORS = new Set(['-z', '-n', '=', '==', '!='])
const JOINS = new Set(['!', '-a', '-o', '(', ')'])
const OPERATORS = new Set([...FILE_TESTS, ...FILE_COMPARISONS, ...NUMBER_COMPARISONS, ...TEXT_OPERATORS, ...JOINS])
/** Tests of shell variables, whose subscripts a shell evaluates. */
const VARIABLE_TESTS = new Set(['-v', '-R'])

export interface TestReading {
  /** Positions of words that name files. */
  readonly paths: readonly number[]
  readonly objection: string | null
}

/** Reads the words of `test` or `[`, its closing bracket left out. */
export function readTest(words: readonly string[]): TestReading {
  const paths: number[] = []
  for (const [at, word] of words.entries()) {
    const before = words[at - 1] ?? ''
    const after = words[at + 1] ?? ''
    if (VARIABLE_TESTS.has(word)) return { paths, objection: `test ${word} is not listed` }
    if (FILE_TESTS.has(before) || FILE_COMPARISONS.has(before) || FILE_COMPARISONS.has(after)) paths.push(at)
    const isCompared = NUMBER_COMPARISONS.has(before) || NUMBER_COMPARISONS.has(after)
    if (isCompared && !/^-?[0-9]{1,18}$/.test(word)) {
      return { paths, objection: 'a comparison of what is no number' }
    }
    if (!isCompared && word.startsWith('-') && !OPERATORS.has(word) && !TEXT_OPERATORS.has(before)) {
      return { paths, objection: `test ${word.slice(0, 40)} is not listed` }
    }
  }
  return { paths, objection: null }
}
