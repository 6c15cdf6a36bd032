import type { DecidingInProject } from '../decide/command.ts'
import { SYSTEM_ACTOR } from '../model/principal.ts'

/**
 * The same decision, with the moves of tasks in the name of the system. Reviews and approvals move tasks that
 * their actors could not move themselves; the events still name who caused it.
 */
export function asSystem(deciding: DecidingInProject): DecidingInProject {
  return { ...deciding, actor: SYSTEM_ACTOR }
}
