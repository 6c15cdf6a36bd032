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

interface Collecting {
  paths: string[]
  urls: string[]
  commands: string[]
  methods: string[]
  actions: string[]
  amounts: number[]
  names: string[]
  isRecursive: boolean
  entries: number
  objection: string | null
}

/** Reads the arguments of a call. Anything that is no plain object of JSON is not readable. */
export function readInput(input: unknown): ReadInput {
  const found: Collecting = {
    paths: [],
    urls: [],
    commands: [],
    methods: [],
    actions: [],
    amounts: [],
    names: [],
    isRecursive: false,
    entries: 0,
    objection: null,
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    found.objection = 'the arguments are no object'
  } else {
    collect(found, '', input, 0)
  }
  if (found.commands.length > 1) found.objection ??= 'more than one command in one call'
  if (found.methods.length > 1 && new Set(found.methods).size > 1)
    found.objection ??= 'more than one method in one call'
  const { paths, urls, amounts, names, isRecursive, objection } = found
  const [command = null] = found.commands
  const [method = null] = found.methods
  const action = found.actions.length === 1 ? (found.actions[0] ?? null) : null
  return { paths, urls, command, method, action, amounts, names, isRecursive, objection }
}

function collect(found: Collecting, key: string, value: unknown, depth: number): void {
  found.entries += 1
  if (found.entries > ENTRIES_MAX || depth > DEPTH_MAX) {
    found.objection ??= 'too many or too deeply nested arguments'
  } else if (typeof value === 'string') {
    collectText(found, key, value)
  } else if (typeof value === 'number') {
    if (AMOUNT_KEY.test(key)) found.amounts.push(value)
  } else if (typeof value === 'boolean') {
    if (value && /recursive|force/.test(key)) found.isRecursive = true
  } else if (Array.isArray(value)) {
    if (COMMAND_KEY.test(key)) found.objection ??= 'a command that is no text'
    for (const item of value) collectItem(found, key, item, depth + 1)
  } else if (typeof value === 'object' && value !== null) {
    if (PATH_KEY.test(key) || COMMAND_KEY.test(key)) found.objection ??= `${key} is no text`
    for (const [name, item] of Object.entries(value)) collect(found, snakeCase(name), item, depth + 1)
  }
}

/** An entry of a list: its fields speak for themselves, as in `files: [{ path, content }]`. */
function collectItem(found: Collecting, key: string, item: unknown, depth: number): void {
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) collect(found, 'item', item, depth)
  else collect(found, key, item, depth)
}

function collectText(found: Collecting, key: string, text: string): void {
  const { isUrl, isPath, isCommand, isMethod, isName } = meaningOf(key)
  if (isUrl) found.urls.push(text)
  else if (isPath) found.paths.push(text)
  if (isCommand) found.commands.push(text)
  if (isMethod) found.methods.push(text.toUpperCase())
  if (key === 'action') found.actions.push(text)
  if (isName && text.length <= NAME_LENGTH_MAX) found.names.push(key, text)
}

interface KeyMeaning {
  readonly isUrl: boolean
  readonly isPath: boolean
  readonly isCommand: boolean
  readonly isMethod: boolean
  readonly isName: boolean
}

/** Tools use the same few keys again and again. */
const meanings = new Map<string, KeyMeaning>()
const MEANINGS_MAX = 1000

function meaningOf(key: string): KeyMeaning {
  const known = meanings.get(key)
  if (known !== undefined) return known
  const meaning: KeyMeaning = {
    isUrl: URL_KEY.test(key),
    isPath: PATH_KEY.test(key),
    isCommand: COMMAND_KEY.test(key),
    isMethod: METHOD_KEY.test(key),
    isName: NAME_KEY.test(key),
  }
  if (meanings.size < MEANINGS_MAX) meanings.set(key, meaning)
  return meaning
}

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
