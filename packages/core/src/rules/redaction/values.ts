// What a value looks like, whatever stands before it. All tests are anchored or look at a bounded piece.

const SAMPLE_CHARS = 256
const VARIED_SAMPLE_CHARS = 64
const DRAWN_SAMPLE_CHARS = 128
const DIFFERENT_CHARS_MIN = 4

/** Whether the text has more than the few different characters of a stand-in such as `xxxx-xxxx`. */
export function isVaried(text: string): boolean {
  let seen = ''
  for (let index = 0; index < text.length && index < VARIED_SAMPLE_CHARS; index++) {
    const char = text.charAt(index)
    if (!seen.includes(char)) seen += char
    if (seen.length >= DIFFERENT_CHARS_MIN) return true
  }
  return false
}

const MIXED_RUN = /(?=[A-Za-z]{0,64}\d)(?=\d{0,64}[A-Za-z])[A-Za-z0-9]{10}/
const LONG_RUN = /[A-Za-z0-9]{20,64}/

/** Whether some unbroken piece is no word: it mixes letters and digits, or is long and of irregular case. */
export function looksDrawn(text: string): boolean {
  if (!isVaried(text)) return false
  const sample = text.slice(0, DRAWN_SAMPLE_CHARS)
  if (MIXED_RUN.test(sample)) return true
  const run = LONG_RUN.exec(sample)?.[0]
  return run !== undefined && !isWordy(run)
}

/** Shannon entropy in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** Texts that programs write where a value is missing, hidden or described. */
const STAND_INS = new Set(
  `null nil none undefined nan true false yes no on off n/a na tbd todo empty blank unset missing absent unknown
   required optional invalid valid expired revoked rotated hidden masked redacted removed filtered encrypted hashed
   enabled disabled present string number boolean function bool int integer object array any void never bytes char text
   str uuid email varchar password passwd secret token key bearer basic digest negotiate apikey value auto default
   here changed incorrect wrong ok failed denied granted used is was the a an and or not for with from in of to
   self this super await new get set env input prompt stdin vault keychain keyring changeme change-me change_me
   placeholder`.split(/\s+/),
)

/** Openings of template syntax: what stands there is a name for the value, not the value. */
const TEMPLATE =
  /^(?:\$(?:[A-Z_][A-Z0-9_]*\b|\{|\(|\$)|\{\{|\{%|#\{|<|`|\[[A-Za-z_ -]+\]$|@[A-Za-z_]+@|%(?:\w+%|[sdvr]$|\()|\{[A-Za-z_][\w.!:]*\}?$|!(?:Ref|Sub|GetAtt|Join|ImportValue|vault|env)\b|\*[a-z_]+$)/
const VARIABLE = /^\$([a-z_]\w*)$/i
const INSTRUCTION =
  /^(?:your|my|the|some|insert|replace|enter|put|add|paste|fill|choose|pick|example|sample|dummy)[-_ ]/i
const DOTS = /\.\.\.|…/

const REDACTED = /^(?:\[REDACTED(?::[a-z0-9-]{1,40})?\]?)+$/i

/** Whether the text only stands in for a value: a word, a template, stars, dots, an instruction, a redaction mark. */
export function isStandIn(text: string): boolean {
  const value = text.trim()
  if (value === '' || STAND_INS.has(value.toLowerCase().replace(/^[([{]+|[)\]}.!?;:]+$/g, ''))) return true
  if (REDACTED.test(value)) return true
  if (TEMPLATE.test(value) || isElided(value)) return true
  const variable = VARIABLE.exec(value)?.[1]
  if (variable !== undefined && isWordy(variable)) return true
  if (INSTRUCTION.test(value) && isWordy(value)) return true
  return new Set(value.replace(/[-_ .]/g, '').toLowerCase()).size <= 1
}

/** `sk-...`: the beginning of a value without the value. What is random before the dots is a good part of it. */
function isElided(value: string): boolean {
  return DOTS.test(value) && isWordy(value.replace(DOTS, ' '))
}

const WORD = /^(?:[A-Za-z]?[a-z]+|[A-Z]+)\d{0,2}$/
const CAMEL_CASE =
  /^[A-Z]{0,2}[a-z]+(?:(?:\d{1,2}(?=[A-Z][a-z]{3}))?(?:[A-Z][a-z]+|[A-Z]{2,4}(?=[A-Z][a-z]|\d|$)))*\d{0,2}$/
const SMALL_NUMBER = /^v?\d{1,4}$/

/** Whether the text is made of words and small numbers: a name, a path, a version, an identifier in code. */
export function isWordy(text: string): boolean {
  const parts = text.slice(0, SAMPLE_CHARS).split(/[-_./:,+ $#?!]+/)
  return parts.every((part) => part === '' || WORD.test(part) || CAMEL_CASE.test(part) || SMALL_NUMBER.test(part))
}

const NUMBER = /^[+-]?\d[\d_]*(?:[.,]\d+)*%?(?:[a-z]{1,3})?$/i
const DATE = /^\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d[\d:.,Z+-]*)?$/

/** A count, an amount, a duration, a version or a date. */
export function isNumeric(text: string): boolean {
  return NUMBER.test(text) || DATE.test(text)
}

/** Beginnings of digests and of public keys and pictures, which nobody has to hide. */
const PUBLIC_BEGINNING =
  /^(?:(?:sha\d{1,3}|md5|h1|blake\w{1,3})[-:]|ssh-|ecdsa-|AAAA[BEC]3|age1|arn:|urn:|data:|iVBOR|R0lGOD|\/9j\/|UklGR|PHN2Zy|LS0tLS1CRUdJTiBDRVJU|LS0tLS1CRUdJTiBQVUJ)/

/** A link, a resource name, a digest or a path, which says where something is and not what it is. */
export function isReference(text: string): boolean {
  if (PUBLIC_BEGINNING.test(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return true
  const isPath = /^(?:~|\.{1,2})?\/[^+=]*$/.test(text)
  const hasFolder = text.length < 32 && text.indexOf('/', 1) > 0
  return isPath && (isWordy(text) || hasFolder || /\.[a-z]{1,5}$/.test(text))
}

const CODE_ROOT =
  /^(?:process|os|env|environ|config|cfg|conf|settings|self|this|req|request|res|response|import|ctx|context|options|opts|args|argv|params|props|state|secrets|vars?|local|module|each|github|inputs|steps|matrix|user|auth|session|data|body|headers|event|kwargs|form|exports|ENV|Deno|Bun|window|globalThis|System|Environment)\b/
const MEMBER = /^[A-Za-z_$][\w$]*(?:(?:\?\.|\.|::|->)[A-Za-z_$][\w$]*|(?:\?\.)?\[[^\]]{0,64}\]?)*$/
const CALL = /^([A-Za-z_$][\w$.:?#]{0,64})!?\((.*)$/s

/** Whether unquoted text is an expression that gives the value elsewhere: `process.env.X`, `getToken()`. */
export function isExpression(text: string): boolean {
  const value = text.replace(/[;,}]{1,8}$/, '')
  const call = CALL.exec(value)
  if (call !== null) return isWordy((call[1] ?? '').replace(/\d/g, '')) && isArguments(call[2] ?? '')
  if (!MEMBER.test(value) || !value.split(/[^A-Za-z0-9]+/).every(isWordy)) return false
  return value.includes('[') || CODE_ROOT.test(value) || SENSITIVE_STEM.test(value)
}

/** Arguments close again, go on elsewhere, or are words; half a password in brackets is none of these. */
function isArguments(text: string): boolean {
  return (
    text === '' || text.includes(')') || isWordy(text) || (/[.(]/.test(text) && isWordy(text.replace(/[\d()]/g, ' ')))
  )
}

const SENSITIVE_STEM = /pass|pwd|secret|token|key|cred/i

const IDENTIFIER =
  /^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?:[a-z]{2,8}_)?[0-9A-HJKMNP-TV-Z]{26}|[0-9a-fA-F]+)$/

/** Whether the text is shaped like one of our own ids. */
export function isOurId(text: string): boolean {
  return /^[a-z]{2,8}_[0-9A-HJKMNP-TV-Z]{20,26}$/.test(text)
}

/** Long, of letters of both cases and digits, and without order: random on the face of it. Hex and ids are not. */
export function isRandom(text: string, charsMin: number, bitsMin: number): boolean {
  if (text.length < charsMin || !/^[A-Za-z0-9+/=_.~-]+$/.test(text) || IDENTIFIER.test(text)) return false
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d/.test(text)) return false
  return !isWordy(text) && entropy(text.slice(0, SAMPLE_CHARS)) >= bitsMin
}
