import { type CompiledFiles, type FileAccess, judgePath, type PathJudgement } from './file-access.ts'
import { isAimedAt } from './glob-overlap.ts'
import { joinLexically, type PathContext, positionOf } from './paths.ts'
import type { Violation } from './types.ts'

const MAGIC = /[*?[]/

function asks(code: string, detail: string): Violation {
  return { step: 7, code, detail, verdict: 'NEEDS_APPROVAL', overridable: true }
}

/**
 * Judges a path pattern by all it could expand to: the folder it starts in, a sample of what it may name, and whether
 * it is aimed at something protected. Patterns that only list names may sweep over anything below their folder.
 */
export function judgePattern(
  files: CompiledFiles,
  access: FileAccess,
  pattern: string,
  context: PathContext,
): PathJudgement {
  const segments = pattern.split('/')
  const first = segments.findIndex((segment) => MAGIC.test(segment))
  if (first === -1) return judgePath(files, access, pattern, context)
  if (segments.slice(first).includes('..')) {
    return { path: pattern, violations: [asks('PATH_UNREADABLE', 'a pattern that leaves its folder')], isSecret: false }
  }
  const sample = segments.map((segment) => segment.replace(/\[[^\]]*\]|[*?]+/g, 'x')).join('/')
  const judged = judgePath(files, access, sample, context)
  if (judged.violations.length > 0) return { ...judged, path: pattern }
  const absolute = joinLexically(context.cwd, segments.join('/'))
  const aim = aimOf(files, absolute, context)
  if (aim === null) return { path: absolute, violations: [], isSecret: false }
  return { path: absolute, violations: [asks('SECRET_FILE', `${pattern} is aimed at ${aim}`)], isSecret: true }
}

/** The protected glob that an absolute pattern is aimed at. */
function aimOf(files: CompiledFiles, absolute: string, context: PathContext): string | null {
  const { inWorkspace } = positionOf(absolute, context)
  const own = (inWorkspace ?? absolute.slice(1)).split('/')
  for (const glob of [...files.secretRead.globs, ...files.denyRead.globs]) {
    const parts = glob.replace(/^(?:~|<tmpdir>)?\//, '').split('/')
    if (isAimedAt(own, parts)) return glob
  }
  return null
}
