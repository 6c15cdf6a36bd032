/**
 * How strongly a name says that its value is secret.
 *
 * `password`: whatever stands there. `secret`: anything that is not plainly a word or a number.
 * `weak`: only what looks random, because the name also stands before harmless values.
 */
export type Sensitivity = 'password' | 'secret' | 'weak'

export interface Label {
  readonly sensitivity: Sensitivity
  readonly kind: string
}

const PASSWORD_WORDS = new Set(['password', 'passwd', 'passcode', 'pwd', 'pword', 'passwort', 'psk', 'otp', 'totp'])
/** What stands there has several words. */
const PHRASE_WORDS = new Set(['passphrase', 'mnemonic'])
const PHRASE_OWNERS = new Set(['seed', 'recovery', 'secret', 'backup'])
const SECRET_WORDS = new Set(
  'secret token jwt credential apikey authkey secretkey accesskey privatekey jsessionid phpsessid aspsessionid pass pw auth'.split(
    ' ',
  ),
)
const WEAK_WORDS = new Set(
  'key keys tokens secrets passwords credentials creds cred bearer hmac sid session authorization'.split(' '),
)
/** Joined in one word: `dbpassword`, `authtoken`. */
const JOINED = /(password|passwd|passphrase|secret|token|apikey|secretkey|accesskey|privatekey|[a-z]{2}pw)$/

/** Words before `key` that make it one to hide, and words that make it a name for something else. */
const SECRET_KEYS = new Set(
  `api access secret private signing sign encryption encrypt decryption master account shared auth authentication
   service deploy webhook subscription admin root app application hmac jwt license storage functions function sas
   ingest ingestion developer consumer rest write management`.split(/\s+/),
)
const NAMING_KEYS = new Set(
  `public publishable pub idempotency cache sort primary foreign partition routing dedupe dedup session object s3 map
   row hash range lookup group index translation message query unique composite natural sequence shard item tree
   registry socket surrogate hot short shortcut enter arrow host known trusted bucket`.split(/\s+/),
)
/** Words before `token` that make it a unit of text, a position in a list or a signal. */
const NAMING_TOKENS = new Set(
  `max min num count total input output prompt completion context cached reasoning page next prev previous continuation
   cursor pagination cancel cancellation abort design stop pad eos bos unk mask sep cls special lexer parser syntax per
   color theme`.split(/\s+/),
)
/** Qualifiers after the word that matters. */
const QUALIFIERS = new Set(
  `v1 v2 v3 prod production dev development staging stage test testing live sandbox value val string str plain plaintext
   raw base new old current confirm confirmation primary secondary b64 base64 encoded default main backup temp tmp
   final again repeat`.split(/\s+/),
)

/** What a name says about its value; null when it says nothing. Takes `dbPassword`, `X-Api-Key`, `API_KEY_2`, `access token`. */
export function readLabel(name: string): Label | null {
  const words = wordsOf(name)
  while (words.length > 1 && isQualifier(words.at(-1) ?? '')) words.pop()
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  if (PHRASE_WORDS.has(last) || (last === 'phrase' && PHRASE_OWNERS.has(before))) {
    return { sensitivity: 'password', kind: 'passphrase' }
  }
  if (PASSWORD_WORDS.has(last)) return { sensitivity: 'password', kind: 'password' }
  if (last === 'key') return readKey(before)
  if (last === 'token' && NAMING_TOKENS.has(before)) return null
  if (SECRET_WORDS.has(last)) return { sensitivity: 'secret', kind: kindOf(last) }
  if (WEAK_WORDS.has(last)) return { sensitivity: 'weak', kind: kindOf(last) }
  const joined = JOINED.exec(last)?.[1]
  if (joined === undefined) return null
  return joined.startsWith('pass') || joined.endsWith('pw')
    ? { sensitivity: 'password', kind: 'password' }
    : { sensitivity: 'secret', kind: kindOf(joined) }
}

function readKey(before: string): Label | null {
  if (NAMING_KEYS.has(before)) return null
  return { sensitivity: SECRET_KEYS.has(before) ? 'secret' : 'weak', kind: 'key' }
}

function isQualifier(word: string): boolean {
  return QUALIFIERS.has(word) || /^\d+$/.test(word)
}

function kindOf(word: string): string {
  if (word.includes('key')) return 'key'
  if (word.includes('token') || word === 'jwt' || word === 'bearer') return 'token'
  if (word === 'pass' || word === 'pw' || word === 'passwords') return 'password'
  return word.startsWith('secret') ? 'secret' : 'credential'
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

/** Names of headers whose whole value is a credential, and what to call it. */
const CREDENTIAL_HEADERS = new Map([
  ['authorization', 'authorization'],
  ['proxy-authorization', 'authorization'],
  ['x-authorization', 'authorization'],
  ['cookie', 'cookie'],
  ['set-cookie', 'cookie'],
])

/** What the value of a header is, when the whole of it is a credential; null otherwise. */
export function credentialHeader(name: string): string | null {
  return CREDENTIAL_HEADERS.get(name.toLowerCase()) ?? null
}
