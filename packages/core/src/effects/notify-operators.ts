import type { DecidingInProject } from '../decide/command.ts'
import { enqueue, type Note } from './notify.ts'

/** Puts a note for the people who watch over the project into the outbox. It names no agent as its target. */
export function notifyOperators(deciding: DecidingInProject, note: Note): void {
  enqueue(deciding, { targetKind: 'OPERATORS', targetId: 'OPERATORS', channel: 'TELEGRAM' }, note)
}
