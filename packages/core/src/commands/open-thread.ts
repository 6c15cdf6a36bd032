import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject } from './inputs.ts'

function pairOf(one: string, other: string): readonly [string, string] {
  return one < other ? [one, other] : [other, one]
}

/** Opens the direct thread between the calling agent and another one. There is one per pair; asking again gives it. */
export const openThread = projectCommand({
  name: 'threads.open',
  summary: 'Opens the direct thread of the calling agent with another agent.',
  input: z.strictObject({ ...inProject, agentId: refSchema }),
  permission: 'messages.post',
  whenContained: 'refused',
  scope: ({ projectId, agentId }, caller) =>
    joinScopes(
      { records: [{ kind: 'agent', id: agentId }] },
      caller.agentId === null
        ? {}
        : {
            lookups: [
              { lookup: 'threadByPair', values: [projectId, pairOf(caller.agentId, agentId).join('+')], limit: 1 },
            ],
          },
    ),
  decide(deciding, { agentId }) {
    const { agent, changes, project, snapshot } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'a direct thread is between two agents'))
    const { record: other, problem } = own(deciding, 'agent', agentId)
    if (problem !== null) return refuse(problem)
    if (other.id === agent.id) {
      return refuse(
        refusal('VALIDATION', 'nobody has a thread with oneself', {
          errors: [{ field: 'agentId', message: 'must be another agent' }],
        }),
      )
    }
    const pair = pairOf(agent.id, other.id)
    const pairKey = pair.join('+')
    const known = snapshot.find('threadByPair', project.id, pairKey)[0]
    if (known !== undefined) return accept(known)
    const thread = changes.insert('directThread', {
      projectId: project.id,
      participants: [...pair],
      pairKey,
      blockedReason: null,
      unblockedAt: null,
    })
    changes.event('MESSAGE_POSTED', {
      subject: `directThread/${thread.id}`,
      summary: `${agent.name} opened a direct thread with ${other.name}`,
      data: { participants: [...pair] },
    })
    return accept(thread)
  },
})
