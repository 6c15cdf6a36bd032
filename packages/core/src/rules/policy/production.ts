import { mayHold, mayHoldPiece, type Pieces, pieces, signs, type TextMarks } from '../redaction.ts'

const ENVIRONMENTS: readonly string[] = ['prod', 'production', 'live']
const PROTECTED_BRANCHES: readonly string[] = ['main', 'master', 'release/*']
/** Push everything, so the protected branches too. */
const PUSH_EVERYTHING = new Set(['--all', '--branches', '--mirror'])
/** Tools that push; `git push` itself is read from the words of the command. */
const PUSH_TOOLS = new Set(['git_push', 'git_force_push', 'vcs.push', 'vcs.force_push'])
/** Options of `git` before its sub-command that take the next word. */
const GIT_OPTIONS_WITH_VALUE = new Set([
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--config-env',
])
/** What follows such a key names an environment, so a part of it counts: `--context prod-eu`. */
const ENVIRONMENT_KEY =
  /(?:^|[_.-])(?:env|environment|stage|context|profile|cluster|namespace|target|tier|deployment|workspace|project|host|hostname|server|database|db|app|remote|channel|branch|ref)$/
const REMOTE_BRANCH = /^(?:refs\/(?:heads|remotes\/[^/]+)|origin|upstream|remotes\/[^/]+)\/(.+)$/
const HOST = /^(?:[^@/]*@)?([\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+)$/u
/** `live.ts` is a file; a name that ends like this is no host. */
const FILE_ENDING =
  /\.(?:c|cc|cfg|conf|cpp|css|csv|cts|env|go|h|hpp|htm|html|ini|java|js|json|jsonl|jsx|kt|less|lock|log|md|mdx|mjs|mts|php|pdf|png|jpg|jpeg|svg|gif|webp|py|rb|rs|scss|sh|snap|sql|tf|tfvars|toml|ts|tsx|txt|vue|xml|yaml|yml|zip|gz|tgz)$/
const WORD_CHARS_MAX = 4096
const HOST_CHARS_MAX = 255

/**
 * Finds what points at production in the words of a call: an environment, host label, branch or flag called prod,
 * production or live, a configured name, or a push to a protected branch. Null when nothing does.
 *
 * Only whole tokens count, so "product", "deliver" and "domain" never hit; text with spaces is prose and is not read.
 */
export function hitsProduction(words: readonly string[], names: readonly string[]): string | null {
  if (!mayHitAny(words, names)) return null
  const wanted = [...ENVIRONMENTS, ...names.map(fold).filter((name) => name !== '')]
  let isEnvironmentNext = false
  for (const word of words) {
    const folded = fold(word)
    const isProse = /\s/.test(folded) || folded.length > WORD_CHARS_MAX
    const hit = isProse ? null : firstMatch(tokensOf(folded, isEnvironmentNext), wanted)
    if (hit !== null) return hit
    isEnvironmentNext = folded.startsWith('-') && !folded.includes('=') && ENVIRONMENT_KEY.test(folded)
  }
  const branch = firstMatch(pushedBranches(words), PROTECTED_BRANCHES)
  return branch === null ? null : `push to ${branch}`
}

/** A name can only be a token of a word that holds it, whatever else stands around it. Text that folds is looked at in full. */
function mayHitAny(words: readonly string[], names: readonly string[]): boolean {
  for (const word of words) if (mayHit(word, names)) return true
  return false
}

function mayHit(word: string, names: readonly string[]): boolean {
  if (mayHoldName(word)) return true
  for (const name of names) if (holds(word, name)) return true
  return false
}

/** What `prod`, `production`, `live` and `push` begin with. */
const PRODUCTION_PIECES: Pieces = pieces('pro', 'pus', 'liv')
/** Within quotes a word may be put together from several pieces. */
const QUOTE = signs("'")

/** False when no word that was cut out of a text, and nothing in it, can be a name that is built in. */
export function mayNameProduction(marks: TextMarks): boolean {
  return mayHoldPiece(marks, PRODUCTION_PIECES) || mayHold(marks, QUOTE)
}

/** What `prod`, `production`, `live` and `push` begin with, in lower case. */
const isBeginning = (first: number, second: number, third: number): boolean =>
  first === 112 /* p */
    ? (second === 114 /* r */ && third === 111) /* o */ || (second === 117 /* u */ && third === 115) /* s */
    : first === 108 /* l */ && second === 105 /* i */ && third === 118 /* v */

const LOWER = 32

/** False when a word has no part that is a name that is built in. */
export function mayHoldName(word: string): boolean {
  let second = 0
  let third = 0
  for (let at = word.length - 1; at >= 0; at -= 1) {
    const code = word.charCodeAt(at)
    if (code > 127) return true
    const first = code | LOWER
    if (isBeginning(first, second, third)) return true
    third = second
    second = first
  }
  return false
}

function holds(word: string, name: string): boolean {
  // `release/*` is a name as far as its star.
  const folded = fold(name).replace(/\*$/, '')
  return folded !== '' && word.toLowerCase().includes(folded)
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}

function firstMatch(tokens: Iterable<string>, wanted: readonly string[]): string | null {
  for (const token of tokens) {
    if (wanted.some((name) => matches(token, name))) return token
  }
  return null
}

/** `release/*` stands for everything below `release/`; every other name for itself. */
function matches(token: string, name: string): boolean {
  if (!name.endsWith('/*')) return token === name
  const parent = name.slice(0, -1)
  return token.length > parent.length && token.startsWith(parent)
}

/** Everything in a word that is a token of its own. */
function* tokensOf(word: string, isEnvironment: boolean): Generator<string> {
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)[^?#]*\??([^#]*)/.exec(word)
  if (url !== null) {
    yield* hostTokens((url[1] ?? '').replace(/:\d+$/, ''))
    for (const pair of (url[2] ?? '').split('&')) yield* assignmentTokens(pair)
    return
  }
  const bare = word.replace(/^-+/, '')
  const isFlag = bare !== word
  yield bare
  if (isFlag || bare.includes('=')) yield* assignmentTokens(bare)
  if (isFlag) yield bare.split(/[=:]/, 1)[0] ?? ''
  else if (!bare.includes('=')) yield* valueTokens(bare, isEnvironment)
}

function* assignmentTokens(pair: string): Generator<string> {
  const separator = pair.search(/[=:]/)
  if (separator < 0) return
  yield* valueTokens(pair.slice(separator + 1), ENVIRONMENT_KEY.test(pair.slice(0, separator)))
}

function* valueTokens(value: string, isEnvironment: boolean): Generator<string> {
  for (const item of value.split(/[,;]/)) {
    yield item
    if (isEnvironment) yield* item.split(/[^\p{L}\p{N}]+/u)
    yield* hostTokens(item)
    // `deploy:prod`, `user@prod`, `prod:/srv`, `app@prod`: each side is a word of its own.
    for (const part of item.split(/[:@]/)) {
      yield part
      yield* hostTokens(part)
      const branch = REMOTE_BRANCH.exec(part)?.[1]
      if (branch !== undefined) yield branch
    }
  }
}

/** The host, every domain above it, its labels and the parts of its labels. */
function* hostTokens(text: string): Generator<string> {
  const host = HOST.exec(text)?.[1]
  if (host === undefined || host.length > HOST_CHARS_MAX) {
    const name = /^(?:[^@/]*@)?([^@/]+)$/.exec(text)?.[1]
    if (name !== undefined && text.includes('@')) yield name
    return
  }
  if (FILE_ENDING.test(host)) return
  const labels = host.split('.')
  for (let index = 0; index < labels.length; index++) yield labels.slice(index).join('.')
  for (const label of labels) {
    yield label
    yield* label.split(/[-_]/)
  }
}

/** Branches that the words push to, as plain names. */
function* pushedBranches(words: readonly string[]): Generator<string> {
  const pushed = wordsAfterPush(words)
  if (pushed === null) return
  for (const word of pushed) {
    if (PUSH_EVERYTHING.has(word)) yield 'main'
    const value = fold(word).replace(/^-*[a-z_-]+=/, '')
    const destination = value.slice(value.lastIndexOf(':') + 1).replace(/^\+/, '')
    yield destination
    const branch = REMOTE_BRANCH.exec(destination)?.[1]
    if (branch !== undefined) yield branch
  }
}

function wordsAfterPush(words: readonly string[]): readonly string[] | null {
  const [first = '', ...rest] = words
  if (PUSH_TOOLS.has(fold(first).replaceAll('-', '_'))) return rest
  if (!/^(?:.*\/)?git(?:\.exe)?$/.test(fold(first))) return null
  let index = 0
  while (rest[index]?.startsWith('-')) index += GIT_OPTIONS_WITH_VALUE.has(rest[index] ?? '') ? 2 : 1
  return rest[index] === 'push' ? rest.slice(index + 1) : null
}
