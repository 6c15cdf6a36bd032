import type { PlanInput, PlanOutput } from '../../../model/execution-plan.ts'
import type { ShellRedirect } from './syntax.ts'

/** Where a command reads from and writes to. */
export interface Streams {
  readonly stdin: PlanInput
  readonly stdout: PlanOutput
  readonly stderr: PlanOutput
}

export const NULL_DEVICE = '/dev/null'

/** Applies redirects in their order, as a shell does: `2>&1 >f` and `>f 2>&1` differ. */
export function redirected(
  streams: Streams,
  redirects: readonly ShellRedirect[],
  absolute: (path: string) => string,
): Streams {
  let { stdin, stdout, stderr } = streams
  for (const redirect of redirects) {
    switch (redirect.kind) {
      case 'text':
        stdin = { from: 'text', text: redirect.text }
        break
      case 'read': {
        const path = redirect.path.value
        stdin = path === NULL_DEVICE ? { from: 'nothing' } : { from: 'file', path: absolute(path) }
        break
      }
      case 'duplicate': {
        const source = redirect.to === 1 ? stdout : stderr
        if (redirect.from === 1) stdout = source
        else stderr = source
        break
      }
      case 'write': {
        const path = redirect.path.value
        const target: PlanOutput =
          path === NULL_DEVICE ? { to: 'nothing' } : { to: 'file', path: absolute(path), append: redirect.append }
        if (redirect.from !== 2) stdout = target
        if (redirect.from !== 1) stderr = target
        break
      }
    }
  }
  return { stdin, stdout, stderr }
}
