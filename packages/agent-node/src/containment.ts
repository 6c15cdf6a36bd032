import type { HostFacts } from '@mission-control/core'
import { isInside, type Walk, walk } from './real-path.ts'
import { WorkspaceError } from './workspace-error.ts'

function escapes(path: string, why: string): WorkspaceError {
  return new WorkspaceError('PATH_ESCAPES', `${path.slice(0, 200)} ${why}`)
}

/**
 * Checks, right before a path is used, that it still is what the decision was about.
 *
 * A decision knows the text of a call and the facts that were looked up for it. A link that appeared or moved since
 * then was judged by nobody and is refused; so is, when no facts were looked up, every place outside the workspace.
 */
export class Containment {
  readonly root: string
  readonly #facts: HostFacts | null

  constructor(root: string, facts: HostFacts | null) {
    this.root = root
    this.#facts = facts
  }

  /** Addresses that the decision saw for a host; null when nobody looked. */
  addressesOf(host: string): readonly string[] | null {
    const addresses = this.#facts?.addresses ?? {}
    return Object.hasOwn(addresses, host) ? (addresses[host] ?? null) : null
  }

  /** Where a path that is about to be opened really is. Throws PATH_ESCAPES. */
  async place(base: string, path: string): Promise<Walk> {
    const found = await walk(base, path)
    this.#verify(found)
    if (this.#facts === null && !isInside(this.root, found.real)) {
      throw escapes(found.lexical, 'is outside the workspace')
    }
    return found
  }

  /** Checks a word that a program may take for a path. Words are judged as text, so only links can mislead. */
  async word(base: string, word: string): Promise<void> {
    if (word.includes('\0')) throw new WorkspaceError('PLAN_INVALID', 'a word with a NUL character')
    this.#verify(await walk(base, word))
  }

  #verify({ lexical, real, steps }: Walk): void {
    const known = this.#facts?.realPaths ?? {}
    const isRealInside = isInside(this.root, real)
    for (const step of steps) {
      const before = Object.hasOwn(known, step.path) ? known[step.path] : undefined
      if (before !== undefined && before !== step.real) {
        throw escapes(lexical, 'leads to another place than when the call was judged')
      }
      if (before !== undefined || step.real === step.path) continue
      if (this.#facts !== null)
        throw escapes(lexical, 'goes through a link that was not there when the call was judged')
      if (!isRealInside) throw escapes(lexical, 'goes through a link out of the workspace')
    }
  }
}
