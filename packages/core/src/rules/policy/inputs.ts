import { type FieldOpening, openingOf } from '../redaction.ts'
import { isPlaceName, type SoleText } from './plain-argument.ts'
import { EMPTY, withEntry } from './short-list.ts'

/** What a tool call's arguments name, found by the keys under which tools commonly put it. */
export interface ReadInput {
  readonly paths: readonly string[]
  readonly urls: readonly string[]
  readonly command: string | null
  readonly method: string | null
  /** What `action` says, for tools that do several things. */
  readonly action: string | null
  readonly amounts: readonly number[]
  /** Short words under keys that name an environment, branch, host and the like. */
  readonly names: readonly string[]
  readonly isRecursive: boolean
  /** Why the arguments cannot be relied on, null when they can. */
  readonly objection: string | null
  /** How many values were read, the arguments as a whole among them. */
  readonly entries: number
  /** The only argument, where it is a text. */
  readonly sole: SoleText | null
}

const PATH_KEY =
  /(?:^|_)(?:paths?|files?|filenames?|filepaths?|dirs?|directory|directories|folders?|dest|destination|source|src|from|to|old_?path|new_?path|target|root|cwd|workdir|location)$/
const URL_KEY = /(?:^|_)(?:urls?|uri|href|endpoint|link|proxy|webhook|callback)$/
const COMMAND_KEY = /^(?:command|cmd|script|code|shell_command)$/
const AMOUNT_KEY = /(?:amount|price|total|cost|budget)(?:_(?:micros|usd|cents|eur))?$/
const NAME_KEY =
  /(?:^|_)(?:env|environment|stage|tier|branch|ref|remote|host|hostname|server|cluster|namespace|context|profile|database|db|channel|audience|target|action|flags?)$/

const METHOD_KEY = /^(?:http_)?(?:method|verb)$/

const NAME_LENGTH_MAX = 200
const ENTRIES_MAX = 1000
const DEPTH_MAX = 6

const SNAKE = /^[a-z_]+$/

/** The form in which argument names are compared. */
export function snakeCase(key: string): string {
  if (SNAKE.test(key)) return key
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** `ReadInput` while it comes to be. */
interface Collecting {
  paths: string[]
  urls: string[]
  command: string | null
  method: string | null
  action: string | null
  amounts: number[]
  names: string[]
  isRecursive: boolean
  objection: string | null
  entries: number
  sole: SoleText | null
  commands: number
  actions: number
  hasOtherMethod: boolean
}

function nothingFound(objection: string | null): Collecting {
  return {
    paths: EMPTY,
    urls: EMPTY,
    command: null,
    method: null,
    action: null,
    amounts: EMPTY,
    names: EMPTY,
    isRecursive: false,
    objection,
    entries: 1,
    sole: null,
    commands: 0,
    actions: 0,
    hasOtherMethod: false,
  }
}

/** Shared by all calls that name nothing, and never changed. */
const NOTHING: ReadInput = nothingFound(null)

/** Reads the arguments of a call. Anything that is no plain object of JSON is not readable. */
export function readInput(input: unknown): ReadInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return nothingFound('the arguments are no object')
  }
  const names = Object.keys(input)
  const [first] = names
  if (first === undefined) return NOTHING
  const found = nothingFound(null)
  if (names.length === 1) {
    const value = (input as Readonly<Record<string, unknown>>)[first]
    const meaning = meaningOf(first)
    if (typeof value === 'string') found.sole = { opening: meaning.opening, text: value, isPlace: meaning.isPlace }
    collect(found, meaning, value, 1)
  } else collectFields(found, input, names, 1)
  if (found.commands > 1) found.objection ??= 'more than one command in one call'
  if (found.hasOtherMethod) found.objection ??= 'more than one method in one call'
  if (found.actions > 1) found.action = null
  return found
}

function collectFields(found: Collecting, fields: object, names: readonly string[], depth: number): void {
  for (const name of names) {
    collect(found, meaningOf(name), (fields as Readonly<Record<string, unknown>>)[name], depth)
  }
}

function collect(found: Collecting, meaning: KeyMeaning, value: unknown, depth: number): void {
  found.entries += 1
  if (found.entries > ENTRIES_MAX || depth > DEPTH_MAX) {
    found.objection ??= 'too many or too deeply nested arguments'
  } else if (typeof value === 'string') {
    collectText(found, meaning, value)
  } else if (typeof value === 'number') {
    if (meaning.isAmount) found.amounts = withEntry(found.amounts, value)
  } else if (typeof value === 'boolean') {
    if (value && meaning.isSweep) found.isRecursive = true
  } else if (Array.isArray(value)) {
    if (meaning.isCommand) found.objection ??= 'a command that is no text'
    for (const item of value) collectItem(found, meaning, item, depth + 1)
  } else if (typeof value === 'object' && value !== null) {
    if (meaning.isPath || meaning.isCommand) found.objection ??= `${meaning.key} is no text`
    collectFields(found, value, Object.keys(value), depth + 1)
  }
}

/** An entry of a list: its fields speak for themselves, as in `files: [{ path, content }]`. */
function collectItem(found: Collecting, meaning: KeyMeaning, item: unknown, depth: number): void {
  const isRecord = typeof item === 'object' && item !== null && !Array.isArray(item)
  collect(found, isRecord ? ITEM : meaning, item, depth)
}

function collectText(found: Collecting, meaning: KeyMeaning, text: string): void {
  if (meaning.isUrl) found.urls = withEntry(found.urls, text)
  else if (meaning.isPath) found.paths = withEntry(found.paths, text)
  if (meaning.isCommand) {
    found.commands += 1
    found.command ??= text
  }
  if (meaning.isMethod) {
    const method = text.toUpperCase()
    found.method ??= method
    found.hasOtherMethod ||= found.method !== method
  }
  if (meaning.key === 'action') {
    found.actions += 1
    found.action = text
  }
  if (meaning.isName && text.length <= NAME_LENGTH_MAX) {
    found.names = withEntry(found.names, meaning.key)
    found.names.push(text)
  }
}

interface KeyMeaning {
  /** The name of the argument in the form in which names are compared. */
  readonly key: string
  readonly isUrl: boolean
  readonly isPath: boolean
  readonly isCommand: boolean
  readonly isMethod: boolean
  readonly isName: boolean
  readonly isAmount: boolean
  /** A switch that makes one name stand for many files. */
  readonly isSweep: boolean
  /** How the record of a call begins that has this argument alone. */
  readonly opening: FieldOpening
  readonly isPlace: boolean
}

/** Tools use the same few keys again and again. */
const meanings = new Map<string, KeyMeaning>()
const MEANINGS_MAX = 1000

function meaningOf(name: string): KeyMeaning {
  const known = meanings.get(name)
  if (known !== undefined) return known
  const key = snakeCase(name)
  const meaning: KeyMeaning = {
    key,
    isUrl: URL_KEY.test(key),
    isPath: PATH_KEY.test(key),
    isCommand: COMMAND_KEY.test(key),
    isMethod: METHOD_KEY.test(key),
    isName: NAME_KEY.test(key),
    isAmount: AMOUNT_KEY.test(key),
    isSweep: /recursive|force/.test(key),
    opening: openingOf(name),
    isPlace: isPlaceName(name),
  }
  if (meanings.size < MEANINGS_MAX) meanings.set(name, meaning)
  return meaning
}

const ITEM = meaningOf('item')

const PATCH_FILE =
  /^(?:\*\*\* (?:Add|Update|Delete) File: |\*\*\* Move to: |\+\+\+ |--- |rename (?:from|to) |diff --git )(.+)$/gm

/** The files that a patch touches. Null when the text is no patch in a known form. */
export function filesOfPatch(text: string): { readonly files: readonly string[]; readonly deletes: number } | null {
  const files = new Set<string>()
  for (const [line, named] of text.matchAll(PATCH_FILE)) {
    const parts = line.startsWith('diff --git ') ? (named ?? '').split(' ') : [named ?? '']
    for (const part of parts) {
      const path = part.split('\t')[0]?.trim() ?? ''
      if (path !== '/dev/null') files.add(line.startsWith('***') ? path : path.replace(/^[ab]\//, ''))
    }
  }
  const deletes = [...text.matchAll(/^\*\*\* Delete File: |^\+\+\+ \/dev\/null/gm)].length
  return files.size === 0 ? null : { files: [...files], deletes }
}
