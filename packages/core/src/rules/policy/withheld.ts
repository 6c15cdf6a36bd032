import type { ExecutionPlan, PlanNode } from '../../model/execution-plan.ts'
import type { CompiledFiles } from './file-access.ts'
import { GlobSet } from './glob-set.ts'
import { pathContext, positionOf } from './paths.ts'

/** What the patterns of a plan must not expand to: everything that reading would deny or ask about. Nothing without patterns. */
export function withheldFrom(root: PlanNode, files: CompiledFiles): ExecutionPlan['withheld'] {
  if (!hasPatterns(root)) return { globs: [], exceptions: [] }
  const globs = new Set([...files.secretRead.globs, ...files.denyRead.globs])
  return { globs: [...globs], exceptions: [...files.readExceptions.globs] }
}

function hasPatterns(node: PlanNode): boolean {
  switch (node.kind) {
    case 'command':
      return node.patterns.length > 0
    case 'list':
      return node.steps.some(({ run }) => hasPatterns(run))
    case 'pipeline':
      return node.commands.some(hasPatterns)
    case 'enter':
      return false
  }
}

/** Where the executing machine has the folders that globs begin in. */
export interface WithheldPlace {
  readonly workspacePath: string
  readonly home: string | null
  readonly tmpDir: string
}

/**
 * For executors: says of an absolute path whether a pattern such as `*` may not expand to it, because the policy that
 * allowed the plan protects it. A name that was written out has been judged by itself.
 */
export function withheldPaths(plan: ExecutionPlan, place: WithheldPlace): (path: string) => boolean {
  const { globs, exceptions } = plan.withheld
  if (globs.length === 0) return () => false
  const { tmpDir } = place
  const withheld = new GlobSet(globs, { isDeny: true, tmpDir })
  const excepted = new GlobSet(exceptions, { isDeny: false, tmpDir })
  const context = pathContext({ ...place, cwd: null, resolved: null })
  return (path) => {
    const position = positionOf(path, context)
    return withheld.find(position) !== null && excepted.find(position) === null
  }
}
