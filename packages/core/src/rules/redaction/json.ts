import type { JsonValue } from '../../model/text.ts'
import { credentialHeader, readLabel } from './labels.ts'
import { redactText } from './text.ts'
import { isRandom, isReference, isStandIn, isWordy } from './values.ts'

export interface RedactedJson {
  readonly value: JsonValue
  /** Where something was taken out: `headers.authorization`, `items[0].token`; empty text for the root. */
  readonly redactedFields: string[]
}

const DEPTH_MAX = 64
/** What holds several secrets under names of their own. */
const SECRET_CONTAINER = /(?:secrets|passwords)$/i
/** In `{name, value}` pairs and below a secret name, these keys hold the value. */
const VALUE_KEY = /^(?:value|val|values|content|plaintext|plain|raw|data|string|current|previous)$/i
const NAME_KEY = /^(?:name|key|header|field|param|label)$/i
const SECRET_OPTION = /^--?([A-Za-z][\w-]{1,60})$/

/** How a value is treated because of the name above it. */
type Naming =
  /** The name says nothing: the text alone decides. */
  | { readonly rule: 'text' }
  /** The name says that the value is secret: always, unless it is a plain word, or only if it looks random. */
  | {
      readonly rule: 'all' | 'unwordy' | 'random'
      readonly kind: string
      readonly hidesNumbers: boolean
      readonly hidesBelow: boolean
    }

const TEXT_ONLY: Naming = { rule: 'text' }

/**
 * Redacts JSON of any shape: values below names such as `password` or `apiKey`, and secrets inside all other strings and
 * keys. What is not JSON (functions, symbols, cycles) is replaced as well. Doing it twice changes nothing more.
 */
export function redactJson(value: unknown): RedactedJson {
  const redactedFields: string[] = []
  return { value: redactValue(value, '', TEXT_ONLY, 0, redactedFields), redactedFields }
}

function redactValue(value: unknown, path: string, naming: Naming, depth: number, fields: string[]): JsonValue {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null
  if (typeof value === 'string') return redactString(value, path, naming, fields)
  if (typeof value === 'number') {
    return naming.rule === 'all' && naming.hidesNumbers
      ? mark(naming.kind, path, fields)
      : Number.isFinite(value)
        ? value
        : null
  }
  if (typeof value !== 'object' || depth > DEPTH_MAX) return mark('unreadable', path, fields)
  return Array.isArray(value)
    ? redactArray(value, path, naming, depth, fields)
    : redactObject(value, path, naming, depth, fields)
}

function mark(kind: string, path: string, fields: string[]): string {
  fields.push(path)
  return `[REDACTED:${kind}]`
}

function redactString(value: string, path: string, naming: Naming, fields: string[]): string {
  if (naming.rule !== 'text' && isNamedSecret(value, naming.rule)) return mark(naming.kind, path, fields)
  const redacted = redactText(value)
  if (redacted !== value) fields.push(path)
  return redacted
}

function isNamedSecret(value: string, rule: 'all' | 'unwordy' | 'random'): boolean {
  if (isStandIn(value) || isReference(value)) return false
  if (rule === 'random') return isRandom(value, 20, 3.5)
  return rule === 'all' || !isWordy(value)
}

function redactArray(
  items: readonly unknown[],
  path: string,
  naming: Naming,
  depth: number,
  fields: string[],
): JsonValue {
  return items.map((item, index) =>
    redactValue(item, `${path}[${index}]`, namingOfItem(items, index, naming), depth + 1, fields),
  )
}

/** In a command line the word after `--password` is one; in a list of pairs the second is named by the first. */
function namingOfItem(items: readonly unknown[], index: number, naming: Naming): Naming {
  const before = items[index - 1]
  if (naming.rule !== 'text' || typeof before !== 'string') return naming
  const option = SECRET_OPTION.exec(before)?.[1]
  const item = items[index]
  if (option !== undefined) return typeof item === 'string' && item.startsWith('-') ? naming : namingOf(option)
  // Two words side by side may also be a list of field names.
  const pair = items.length === 2 ? namingOf(before) : TEXT_ONLY
  return pair.rule === 'all' && credentialHeader(before) === null ? { ...pair, rule: 'unwordy' } : pair
}

function redactObject(object: object, path: string, naming: Naming, depth: number, fields: string[]): JsonValue {
  const named = namedValue(object)
  const taken = new Set<string>()
  const entries = Object.entries(object)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]): [string, JsonValue] => {
      const safeKey = freeKey(redactText(key), taken)
      const below = path === '' ? safeKey : `${path}.${safeKey}`
      if (safeKey !== key) fields.push(below)
      return [safeKey, redactValue(item, below, namingOfMember(key, naming, named), depth + 1, fields)]
    })
  return Object.fromEntries(entries)
}

/** The naming that `{name: "password", value: …}` gives its value. */
function namedValue(object: object): Naming {
  const name = Object.entries(object).find(([key, item]) => NAME_KEY.test(key) && typeof item === 'string')?.[1]
  return typeof name === 'string' ? namingOf(name) : TEXT_ONLY
}

function namingOfMember(key: string, above: Naming, named: Naming): Naming {
  const own = namingOf(key)
  if (own.rule !== 'text') return own
  if (VALUE_KEY.test(key)) return above.rule === 'text' ? named : above
  return above.rule !== 'text' && above.hidesBelow ? above : TEXT_ONLY
}

/** What names say, for the few thousand that are ever used as keys. */
const namings = new Map<string, Naming>()
const NAMINGS_MAX = 4_000

function namingOf(name: string): Naming {
  const known = namings.get(name)
  if (known !== undefined) return known
  const naming = readNaming(name)
  if (namings.size >= NAMINGS_MAX) namings.clear()
  namings.set(name, naming)
  return naming
}

function readNaming(name: string): Naming {
  // A redacted key or text is no name; taking `[REDACTED:token]` for one would redact its neighbour the next time.
  if (name.includes('[REDACTED:')) return TEXT_ONLY
  const header = credentialHeader(name)
  if (header !== null) return { rule: 'all', kind: header, hidesNumbers: false, hidesBelow: false }
  if (SECRET_CONTAINER.test(name)) return { rule: 'all', kind: 'secret', hidesNumbers: false, hidesBelow: true }
  const label = readLabel(name)
  if (label === null) return TEXT_ONLY
  const rule = label.sensitivity === 'weak' ? 'random' : 'all'
  return { rule, kind: label.kind, hidesNumbers: label.sensitivity === 'password', hidesBelow: false }
}

/** Two keys that are redacted to the same text must not hide one another. */
function freeKey(key: string, taken: Set<string>): string {
  let free = key
  for (let count = 2; taken.has(free); count++) free = `${key}#${count}`
  taken.add(free)
  return free
}
