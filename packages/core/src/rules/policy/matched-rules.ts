import type { PlanNode } from '../../model/execution-plan.ts'
import type { CompiledPolicy } from './compile.ts'
import type { CompiledFiles } from './file-access.ts'
import type { PathPosition } from './glob-set.ts'
import type { CompiledNetwork } from './network.ts'
import { pathContext, positionOf } from './paths.ts'
import { type RuleSource, sourcesOf } from './rule-sources.ts'
import type { ToolAssessment, ToolCall } from './types.ts'

/** One entry of a policy that was asked about something in the call and had an answer. */
export interface MatchedRule {
  /** Place in the policy's content: `files.write`, `shell.commands.git`. */
  readonly rule: string
  /** The entry itself: a glob, a host, a name. */
  readonly entry: string
  /** What of the call it is about. */
  readonly subject: string
  /** The policies it was written in, with their versions. */
  readonly sources: readonly RuleSource[]
}

/** A match before it is known where it was written. `key` is what it is filed under, where that is not the entry. */
type Match = Omit<MatchedRule, 'sources'> & { readonly key?: string }

/** Where the call acts, which globs are relative to. */
export type CallPlace = Pick<ToolCall, 'workspacePath' | 'home'>

/** Entries of the policy that have something to say about a call. Looked up again, so that deciding itself costs no more. */
export function matchedRules(
  policy: CompiledPolicy,
  assessment: ToolAssessment,
  where: CallPlace,
): readonly MatchedRule[] {
  return matchesOf(policy, assessment, where).map(({ key, ...match }) => ({
    ...match,
    sources: sourcesOf(policy.layers, match.rule, key ?? match.entry),
  }))
}

function matchesOf(policy: CompiledPolicy, assessment: ToolAssessment, where: CallPlace): readonly Match[] {
  const { capability, facts, plan, violations } = assessment
  const found: Match[] = []
  for (const [name, meaning] of policy.capabilities) {
    if (meaning === capability && name === facts.tool.trim().toLowerCase().replaceAll('-', '_')) {
      found.push({ rule: 'toolMap.names', entry: capability, subject: name, key: name })
    }
  }
  const risk = policy.risks.get(capability)
  if (risk !== undefined) found.push({ rule: 'toolMap.risks', entry: risk, subject: capability, key: capability })
  for (const name of new Set(plan === null ? [] : programsOf(plan.root))) {
    if (policy.shell.profiles.has(name)) {
      found.push({ rule: `shell.commands.${name}`, entry: name, subject: facts.words.join(' ') })
    }
  }
  for (const pattern of [...policy.shell.forbid, ...policy.shell.deny]) {
    const text = pattern.join(' ')
    if (violations.some(({ detail }) => detail.startsWith(`${text} `))) {
      found.push({
        rule: policy.shell.forbid.includes(pattern) ? 'shell.forbid' : 'shell.deny',
        entry: text,
        subject: text,
      })
    }
  }
  const paths = pathContext({ ...where, cwd: null, resolved: null })
  for (const path of facts.paths) found.push(...globsFor(policy.files, positionOf(path, paths), capability))
  for (const host of facts.hosts) found.push(...hostsFor(policy.network, host))
  return found
}

function programsOf(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'command':
      return node.argv.slice(0, 1)
    case 'list':
      return node.steps.flatMap(({ run }) => programsOf(run))
    case 'pipeline':
      return node.commands.flatMap(programsOf)
    case 'enter':
      return ['cd']
  }
}

function globsFor(files: CompiledFiles, place: PathPosition, capability: string): readonly Match[] {
  const isWrite = capability === 'fs.write' || capability === 'fs.delete'
  const lists = isWrite
    ? (['denyWrite', 'secretRead', 'write'] as const)
    : (['denyRead', 'secretRead', 'readExceptions', 'read'] as const)
  return lists.flatMap((list) => {
    const entry = files[list].find(place)
    return entry === null ? [] : [{ rule: `files.${list}`, entry, subject: place.absolute }]
  })
}

function hostsFor({ hosts, parents, mode }: CompiledNetwork, host: string): readonly Match[] {
  if (hosts.has(host)) return [{ rule: 'network.hosts', entry: host, subject: host }]
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const parent = host.slice(dot + 1)
    if (parents.has(parent)) return [{ rule: 'network.hosts', entry: `*.${parent}`, subject: host, key: parent }]
  }
  return mode === 'public' ? [{ rule: 'network.mode', entry: mode, subject: host }] : []
}
