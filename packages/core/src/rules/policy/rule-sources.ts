import type { PolicyContent, PolicyLevel } from '../../model/policy.ts'
import { type FieldRule, type PolicyLayer, SPECIFICITY } from './resolve.ts'
import { FILES_RESOLUTION, NETWORK_RESOLUTION, SHELL_RESOLUTION, TOOL_MAP_RESOLUTION } from './section-rules.ts'
import { normalizeToolName } from './tool-map.ts'

/** Where an entry of the policy in force was written. */
export interface RuleSource {
  readonly level: PolicyLevel | 'BUILT_IN'
  /** `name@versionNo`, as decisions record it; null for what is built in. */
  readonly policy: string | null
}

const BUILT_IN: RuleSource = { level: 'BUILT_IN', policy: null }

const RESOLUTIONS: Readonly<Record<string, Readonly<Record<string, Pick<FieldRule<unknown>, 'kind'>>>>> = {
  toolMap: TOOL_MAP_RESOLUTION,
  shell: SHELL_RESOLUTION,
  files: FILES_RESOLUTION,
  network: NETWORK_RESOLUTION,
}

/**
 * The policies that an entry came from. `rule` is its place in the content, `key` what it is filed under there: a glob,
 * a host, the name of a command, a tool or a capability. Two policies of one level may share an entry.
 */
export function sourcesOf(layers: readonly PolicyLayer[], rule: string, key: string): readonly RuleSource[] {
  const [section, field] = rule.split('.') as [keyof PolicyContent, string]
  const saying = layers.filter(({ content }) => fieldOf(content, section, field) !== null)
  const listing = saying.filter(({ content }) => lists(fieldOf(content, section, field), key))
  if (RESOLUTIONS[section]?.[field]?.kind === 'united') return listing.length === 0 ? [BUILT_IN] : listing.map(sourceOf)
  // Only the most specific level that says anything about the field counts.
  const level = Math.min(...saying.map(({ scopeType }) => SPECIFICITY[scopeType]))
  const isOfLevel = ({ scopeType }: PolicyLayer) => SPECIFICITY[scopeType] === level
  const sources = listing.some(isOfLevel) ? listing.filter(isOfLevel) : saying.filter(isOfLevel)
  return sources.length === 0 ? [BUILT_IN] : sources.map(sourceOf)
}

function sourceOf({ scopeType, name, versionNo }: PolicyLayer): RuleSource {
  return { level: scopeType, policy: `${name}@${versionNo}` }
}

function fieldOf(content: PolicyContent, section: keyof PolicyContent, field: string): unknown {
  return (content[section] as Readonly<Record<string, unknown>> | null)?.[field] ?? null
}

function lists(value: unknown, key: string): boolean {
  if (Array.isArray(value)) return value.includes(key)
  if (typeof value !== 'object' || value === null) return value === key
  return Object.hasOwn(value, key) || Object.keys(value).some((name) => normalizeToolName(name) === key)
}
