import type { ArgumentRule, CommandProfile } from '../../../model/policy-shell.ts'
import { readFind } from './languages/find.ts'
import { readTest } from './languages/test-expression.ts'
import type { ShellWord } from './words.ts'

/** One word of a command with the rule it must obey. */
export interface ArgumentUse {
  readonly word: ShellWord
  /** Text to check: the word, or its part behind `=` or a flag letter. */
  readonly text: string
  readonly rule: ArgumentRule
  readonly scripts: readonly string[]
}

export interface ArgumentReading {
  readonly uses: readonly ArgumentUse[]
  /** Words that name things rather than carry text: flags and sub-commands. */
  readonly names: readonly string[]
  /** Why the profile does not list the command as it stands; null when it does. */
  readonly objection: string | null
}

class Reading {
  readonly uses: ArgumentUse[] = []
  readonly names: string[] = []
  objection: string | null = null

  object(reason: string): void {
    this.objection ??= reason
  }

  use(word: ShellWord, text: string, rule: ArgumentRule, scripts: readonly string[]): void {
    this.uses.push({ word, text, rule, scripts })
  }
}

/** Reads the words behind a command name by its profile. Whatever the profile does not name is objected to. */
export function readArguments(name: string, profile: CommandProfile, words: readonly ShellWord[]): ArgumentReading {
  const reading = new Reading()
  readProfile(reading, name, profile, words)
  return reading
}

function readProfile(reading: Reading, name: string, profile: CommandProfile, words: readonly ShellWord[]): void {
  if (profile.expression !== null) {
    readExpression(reading, name, profile.expression, words)
    return
  }
  const [first] = words
  if (words.length === 1 && first?.isPattern === false && profile.soloFlags.includes(first.value)) {
    reading.names.push(first.value)
    return
  }
  new OptionReader(reading, name, profile, words).read()
}

function readExpression(
  reading: Reading,
  name: string,
  expression: NonNullable<CommandProfile['expression']>,
  words: readonly ShellWord[],
): void {
  const texts = words.map(({ value }) => value)
  const use = (at: number, rule: ArgumentRule) => {
    const word = words[at]
    if (word !== undefined) reading.use(word, word.value, rule, [])
  }
  if (expression === 'words' || expression === 'scriptArguments') {
    // What an unquoted pattern stands for are names of files; to print them is to list them.
    const free = (at: number) => (words[at]?.isPattern === true ? 'list' : 'free')
    for (const at of words.keys()) use(at, expression === 'words' ? free(at) : 'scriptArgument')
    return
  }
  if (words.some((word) => word.isPattern && expression === 'test')) reading.object('a pattern in a test')
  if (expression === 'test') {
    const isBracket = name === '['
    if (isBracket && texts.at(-1) !== ']') reading.object('an unclosed test')
    const { paths, objection } = readTest(isBracket ? texts.slice(0, -1) : texts)
    if (objection !== null) reading.object(objection)
    for (const at of paths) use(at, 'list')
    return
  }
  const found = readFind(texts)
  if (found.objection !== null) reading.object(found.objection)
  for (const at of found.roots) use(at, 'list')
  for (const { at, kind } of found.arguments) use(at, kind)
}

/** Reads flags and operands the way getopt does, but only exact names: no abbreviation, no unknown letter. */
class OptionReader {
  readonly #reading: Reading
  readonly #name: string
  readonly #profile: CommandProfile
  readonly #words: readonly ShellWord[]
  readonly #operands: ShellWord[] = []
  /** Few enough to look through. */
  readonly #given: string[] = []
  #at = 0

  constructor(reading: Reading, name: string, profile: CommandProfile, words: readonly ShellWord[]) {
    this.#reading = reading
    this.#name = name
    this.#profile = profile
    this.#words = words
  }

  read(): void {
    const { subcommands, modules, forwarded, operands, afterDoubleDash } = this.#profile
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at]
      if (word === undefined) break
      this.#at += 1
      if (word.value === '--' && afterDoubleDash !== null) {
        for (const { value } of this.#words.slice(this.#at)) this.#given.push(value)
        readProfile(this.#reading, this.#name, afterDoubleDash, this.#rest())
        break
      }
      if (word.value === '--') {
        this.#operands.push(...this.#rest())
        break
      }
      if (word.value === '-m' && modules !== null) {
        const module = this.#words[this.#at]
        this.#at += 1
        if (module === undefined) this.#reading.object(`${this.#name} -m needs a name`)
        else this.#subcommand(module, modules)
        return
      }
      if (word.value.startsWith('-') && word.value !== '-') {
        this.#flag(word)
        continue
      }
      if (subcommands !== null) {
        this.#subcommand(word, subcommands)
        return
      }
      this.#operands.push(word)
      if (forwarded !== null && this.#operands.length === operands.length) {
        readProfile(this.#reading, this.#name, forwarded, this.#rest())
        break
      }
    }
    this.#finish()
  }

  #rest(): readonly ShellWord[] {
    const rest = this.#words.slice(this.#at)
    this.#at = this.#words.length
    return rest
  }

  #subcommand(word: ShellWord, subcommands: Readonly<Record<string, CommandProfile>>): void {
    const inner = word.isPattern ? null : lookUp(subcommands, word.value)
    if (inner === null) {
      this.#reading.object(`${this.#name} ${word.value.slice(0, 40)} is not listed`)
      return
    }
    this.#reading.names.push(word.value)
    readProfile(this.#reading, `${this.#name} ${word.value}`, inner, this.#rest())
  }

  #flag(word: ShellWord): void {
    const text = word.value
    const { flags, valueFlags, optionalFlags, pairFlags, countFlag } = this.#profile
    this.#reading.names.push(text)
    if (word.isPattern && !this.#isSearchGlob(text)) {
      this.#reading.object('a pattern as a flag')
    } else if (flags.includes(text)) {
      this.#given.push(text)
    } else if (Object.hasOwn(pairFlags, text)) {
      this.#value(text, 'name', word, null)
      this.#value(text, pairFlags[text], word, null)
    } else if (Object.hasOwn(valueFlags, text)) {
      this.#value(text, valueFlags[text], word, null)
    } else if (Object.hasOwn(optionalFlags, text)) {
      this.#given.push(text)
    } else if (text.includes('=') && this.#hasValueRule(text.slice(0, text.indexOf('=')))) {
      const name = text.slice(0, text.indexOf('='))
      this.#value(name, valueFlags[name] ?? optionalFlags[name], word, text.slice(name.length + 1))
    } else if (!(countFlag && /^-[0-9]{1,9}$/.test(text))) {
      this.#cluster(word)
    }
  }

  /** `--include=*.ts` unquoted: the plan passes it on as it stands, which is what everybody means by it. */
  #isSearchGlob(text: string): boolean {
    const name = text.slice(0, Math.max(0, text.indexOf('=')))
    return this.#profile.valueFlags[name] === 'searchGlob'
  }

  #hasValueRule(name: string): boolean {
    // `-n=5` is a glued value `=5` to most programs, so only long names take `=`.
    const isLong = name.length > 2
    return isLong && (Object.hasOwn(this.#profile.valueFlags, name) || Object.hasOwn(this.#profile.optionalFlags, name))
  }

  /** Letters joined behind one dash. The first that takes a value takes all that follows. */
  #cluster(word: ShellWord): void {
    const { flags, valueFlags, optionalFlags } = this.#profile
    const text = word.value
    for (let at = 1; at < text.length && !text.startsWith('--'); at += 1) {
      const flag = `-${text[at]}`
      const glued = text.slice(at + 1)
      if (Object.hasOwn(valueFlags, flag)) {
        this.#value(flag, valueFlags[flag], word, glued === '' ? null : glued)
        return
      }
      if (Object.hasOwn(optionalFlags, flag)) {
        this.#given.push(flag)
        if (glued !== '') this.#value(flag, optionalFlags[flag], word, glued)
        return
      }
      if (!flags.includes(flag)) break
      this.#given.push(flag)
      if (at === text.length - 1) return
    }
    this.#reading.object(`the flag ${text.slice(0, 40)} of ${this.#name} is not listed`)
  }

  #value(flag: string, rule: ArgumentRule | undefined, word: ShellWord, glued: string | null): void {
    this.#given.push(flag)
    if (rule === undefined) {
      this.#reading.object(`the flag ${flag} of ${this.#name} takes no value`)
      return
    }
    if (glued !== null) {
      this.#reading.use(word, glued, rule, this.#profile.scripts)
      return
    }
    const next = this.#words[this.#at]
    // Some flags mean a default when no value follows them.
    const isOptional = Object.hasOwn(this.#profile.optionalFlags, flag)
    if (isOptional && (next === undefined || next.value.startsWith('-'))) return
    this.#at += 1
    // A value that looks like a flag is either a slip or an attempt to hide one.
    if (next === undefined || (next.value.startsWith('-') && !mayBeginWithDash(flag, rule, next.value))) {
      this.#reading.object(`the flag ${flag} of ${this.#name} needs a value`)
      return
    }
    this.#reading.use(next, next.value, rule, this.#profile.scripts)
  }

  #finish(): void {
    const { operands, rest, operandsMin, firstOperandFlags, needsOneOf, subcommands, scripts } = this.#profile
    const isFirstGiven = firstOperandFlags.some((flag) => this.#given.includes(flag))
    const rules = isFirstGiven ? operands.slice(1) : operands
    if (subcommands !== null) this.#reading.object(`${this.#name} without a sub-command`)
    if (needsOneOf.length > 0 && !needsOneOf.some((flag) => this.#given.includes(flag))) {
      this.#reading.object(`${this.#name} without ${needsOneOf.join(' or ')}`)
    }
    const needed = this.#profile.operandsNeedOneOf
    if (this.#operands.length > 0 && needed.length > 0 && !needed.some((flag) => this.#given.includes(flag))) {
      this.#reading.object(`operands of ${this.#name} without ${needed.join(' or ')}`)
    }
    if (this.#operands.length + (isFirstGiven ? 1 : 0) < operandsMin) {
      this.#reading.object(`${this.#name} needs more operands`)
    }
    for (const [at, operand] of this.#operands.entries()) {
      const rule = rules[at] ?? rest
      if (rule === null) this.#reading.object(`${this.#name} takes fewer operands`)
      else this.#reading.use(operand, operand.value, rule, scripts)
    }
  }
}

/** Values that every program takes for what they are: numbers, ranges that have no beginning, the pattern behind `-e`. */
function mayBeginWithDash(flag: string, rule: ArgumentRule, value: string): boolean {
  return value === '-' || rule === 'number' || (rule === 'free' && (/^-[0-9]/.test(value) || flag === '-e'))
}

const SUFFIX = /^[A-Za-z0-9:_-]*$/

/** Whether a word is in a closed list, whose entries may end in `*`. */
export function isOneOf(list: readonly string[], word: string): boolean {
  return list.some((entry) => {
    if (!entry.endsWith('*')) return entry === word
    const prefix = entry.slice(0, -1)
    return word.startsWith(prefix) && SUFFIX.test(word.slice(prefix.length))
  })
}

function lookUp(subcommands: Readonly<Record<string, CommandProfile>>, word: string): CommandProfile | null {
  const key = Object.hasOwn(subcommands, word)
    ? word
    : Object.keys(subcommands).find((name) => name.endsWith('*') && isOneOf([name], word))
  return key === undefined ? null : (subcommands[key] ?? null)
}
