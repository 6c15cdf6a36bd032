/** Tools that only carry another call inside. */
const WRAPPERS: ReadonlySet<string> = new Set(['tool_call', 'tool_search_code'])
const TOOL_NAME_LENGTH_MAX = 200

const INNER_NAME_KEYS = ['tool', 'name', 'toolName', 'tool_name', 'id'] as const
const INNER_INPUT_KEYS = ['args', 'arguments', 'input', 'params', 'parameters'] as const

/** Names that are what they will be compared as. */
const NORMAL = /^[a-z0-9_.]+$/

/** The form in which tool names are compared: trimmed, NFKC, lower case, `-` as `_`. Null when it cannot be a name. */
export function normalizeToolName(name: string): string | null {
  if (name.length > TOOL_NAME_LENGTH_MAX) return null
  const known = normalNames.get(name)
  if (known !== undefined) return known
  const normal = NORMAL.test(name) ? name : name.trim().normalize('NFKC').trim().toLowerCase().replaceAll('-', '_')
  if (normal === '') return null
  if (normalNames.size < NORMAL_NAMES_MAX) normalNames.set(name, normal)
  return normal
}

/** A squad has the same tools all day. */
const normalNames = new Map<string, string>()
const NORMAL_NAMES_MAX = 1000

export interface InnerCall {
  /** Normalised; null when the call cannot be told. */
  readonly tool: string | null
  readonly input: unknown
}

/** Whether a tool, named in the form in which names are compared, only carries another call inside. */
export function isWrapper(name: string): boolean {
  return WRAPPERS.has(name)
}

/** Unwraps a wrapper once. A wrapper inside a wrapper, or one without a readable call, is no tool at all. */
export function innerCall(input: unknown): InnerCall {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return { tool: null, input: null }
  const fields = input as Readonly<Record<string, unknown>>
  const names = INNER_NAME_KEYS.filter((key) => Object.hasOwn(fields, key)).map((key) => fields[key])
  const inputs = INNER_INPUT_KEYS.filter((key) => Object.hasOwn(fields, key)).map((key) => fields[key])
  const [inner] = names
  // Two names or two inputs could be read differently by whoever executes the call.
  if (names.length !== 1 || inputs.length > 1 || typeof inner !== 'string') return { tool: null, input: null }
  const normal = normalizeToolName(inner)
  if (normal === null || WRAPPERS.has(normal)) return { tool: null, input: null }
  return { tool: normal, input: inputs[0] ?? null }
}
