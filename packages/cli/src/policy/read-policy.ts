import {
  type CompiledPolicy,
  compilePolicy,
  type PolicyContent,
  type PolicyLayer,
  policyContent,
} from '@mission-control/core/policy'
import { z } from 'zod'
import { InputFault, parseJson, schemaFault } from '../input-fault.ts'
import type { Terminal } from '../terminal.ts'
import { contentOfRefV1, isRefV1, refV1 } from './ref-v1.ts'

export type EgressMode = 'allowlist' | 'public'

const place = z.string().startsWith('/').max(4096)

/** The folders that a file's relative paths are about. A case may say otherwise. */
export interface WorkspaceOfPolicy {
  readonly root: string | null
  readonly cwd: string | null
  readonly home: string | null
}

const NO_WORKSPACE: WorkspaceOfPolicy = { root: null, cwd: null, home: null }

/** Our own format: one version of one policy, with where it applies. See docs/policy-files.md. */
const policyFile = z.strictObject({
  format: z.literal('mission-control-policy'),
  formatVersion: z.literal(1),
  name: z.string().min(1).max(100),
  versionNo: z.int().min(1).default(1),
  scopeType: z.enum(['GLOBAL', 'PROJECT', 'TASK_TYPE', 'AGENT']).default('GLOBAL'),
  notes: z.string().max(10_000).optional(),
  workspace: z
    .strictObject({ root: place, cwd: place.optional(), home: place.optional() })
    .transform(({ root, cwd, home }): WorkspaceOfPolicy => ({ root, cwd: cwd ?? null, home: home ?? null }))
    .optional(),
  content: policyContent,
})

/** One policy file, ready to be laid over others. */
export interface PolicyFile {
  readonly file: string
  readonly layer: PolicyLayer
  readonly workspace: WorkspaceOfPolicy
  /** What the policy says when a call is judged in the other egress mode. */
  readonly inMode: (mode: EgressMode) => PolicyContent
}

/** Reads a policy in either format. A policy that cannot be read is a fault, never an empty policy. */
export async function readPolicyFile(terminal: Terminal, file: string): Promise<PolicyFile> {
  const given = parseJson(file, await terminal.read(file))
  if (isRefV1(given)) {
    const parsed = refV1.safeParse(given)
    if (!parsed.success) throw schemaFault(file, parsed.error)
    const ref = parsed.data
    const inMode = (mode: EgressMode) => contentOfRefV1(file, ref, mode)
    const layer: PolicyLayer = { scopeType: 'GLOBAL', name: ref.id, versionNo: 1, content: inMode('allowlist') }
    return { file, layer, workspace: ref.workspace, inMode }
  }
  const parsed = policyFile.safeParse(given)
  if (!parsed.success) throw schemaFault(file, parsed.error)
  const { name, versionNo, scopeType, content, workspace = NO_WORKSPACE } = parsed.data
  return { file, layer: { scopeType, name, versionNo, content }, workspace, inMode: (mode) => withMode(content, mode) }
}

function withMode(content: PolicyContent, mode: EgressMode): PolicyContent {
  return policyContent.parse({ ...content, network: { ...content.network, mode } })
}

/** Policies of several files, resolved as those in force together would be. */
export interface PolicyFiles {
  readonly layers: readonly PolicyLayer[]
  readonly workspace: WorkspaceOfPolicy
  /** Compiled once per mode. Null: as the files themselves say. */
  readonly compiled: (mode: EgressMode | null) => CompiledPolicy
}

export async function readPolicyFiles(terminal: Terminal, files: readonly string[]): Promise<PolicyFiles> {
  if (files.length === 0) throw new InputFault('--policy is missing')
  const read: PolicyFile[] = []
  for (const file of files) read.push(await readPolicyFile(terminal, file))
  const layers = read.map(({ layer }) => layer)
  const compiled = new Map<EgressMode | null, CompiledPolicy>()
  return {
    layers,
    workspace: read.find(({ workspace }) => workspace.root !== null)?.workspace ?? NO_WORKSPACE,
    compiled(mode) {
      const known = compiled.get(mode)
      if (known !== undefined) return known
      const made = compilePolicy(
        mode === null ? layers : read.map(({ layer, inMode }) => ({ ...layer, content: inMode(mode) })),
      )
      compiled.set(mode, made)
      return made
    },
  }
}
