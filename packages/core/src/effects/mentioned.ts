import type { DecidingInProject } from '../decide/command.ts'
import type { Message } from '../model/message.ts'
import type { Scope } from '../ports/storage.ts'
import { findMentions } from '../rules/mentions.ts'
import { mayEnterProject } from '../rules/permissions.ts'
import type { Follower } from './followers.ts'
import { type Note, notifyAgent, notifyPerson } from './notify.ts'
import { notifyOperators } from './notify-operators.ts'
import { ancestryScope } from './task-scope.ts'

const EXCERPT_CHARS_MAX = 200
const PEOPLE_OF_ROLE_MAX = 200
const PEOPLE = ['VIEWER', 'OPERATOR', 'ADMIN'] as const

/** Who a message means. */
export interface Mentioned {
  /** In the order in which they are found; never the author. */
  readonly people: readonly Follower[]
  /** `@operator` or `@human`: whoever watches over the project. */
  readonly operators: boolean
  /** Ids that the caller gave and nobody has. */
  readonly unknown: readonly string[]
}

/** What finding out who is meant has to read: the agents and the people of the project, if anybody may be meant. */
export function mentionScope(projectId: string, content: string, ids: readonly string[]): Scope {
  if (!mayMean(content, ids)) return {}
  const people = PEOPLE.map(
    (role) => ({ lookup: 'principalsByRole', values: [role], limit: PEOPLE_OF_ROLE_MAX }) as const,
  )
  return { lookups: [...(ancestryScope(projectId).lookups ?? []), ...people] }
}

function mayMean(content: string, ids: readonly string[]): boolean {
  return ids.length > 0 || content.includes('@')
}

/** Everybody who can be meant in this project, with the name one is called by. */
function peopleOf({ snapshot, project }: DecidingInProject): (Follower & { name: string })[] {
  const agents = snapshot
    .find('agentsOfProject', project.id)
    .map(({ id, principalId, name }) => ({ principalId, agentId: id, name }))
  const humans = PEOPLE.flatMap((role) => snapshot.find('principalsByRole', role))
    .filter((human) => human.kind === 'HUMAN' && human.status === 'ACTIVE' && mayEnterProject(human, project.id))
    .map(({ id, displayName }) => ({ principalId: id, agentId: null, name: displayName }))
  return [...agents, ...humans]
}

/** Who is meant by the names in a text and by ids given with it: of principals or of agents. */
export function findMentioned(deciding: DecidingInProject, content: string, ids: readonly string[]): Mentioned {
  const people = mayMean(content, ids) ? peopleOf(deciding) : []
  const inText = findMentions(content, people)
  const given = ids.map((id) => ({
    id,
    person: people.find(({ principalId, agentId }) => principalId === id || agentId === id),
  }))
  const principalIds = new Set([
    ...inText.principalIds,
    ...given.flatMap(({ person }) => (person === undefined ? [] : [person.principalId])),
  ])
  if (deciding.principal !== null) principalIds.delete(deciding.principal.id)
  return {
    people: people.filter(({ principalId }) => principalIds.has(principalId)),
    operators: inText.operators,
    unknown: given.flatMap(({ id, person }) => (person === undefined ? [id] : [])),
  }
}

/** The beginning of a text, as notes show it. */
export function excerptOf(content: string): string {
  return [...content].slice(0, EXCERPT_CHARS_MAX).join('')
}

/** Tells everybody who is meant, once each. */
export function tellMentioned(
  deciding: DecidingInProject,
  message: Message,
  mentioned: Pick<Mentioned, 'people' | 'operators'>,
  where: string,
): void {
  const note: Note = {
    type: 'MENTION',
    title: `${deciding.actor.name} mentioned you ${where}`,
    body: excerptOf(message.content),
    subject: `message/${message.id}`,
    taskId: message.taskId,
  }
  for (const { principalId, agentId } of mentioned.people) {
    if (agentId === null) notifyPerson(deciding, principalId, note)
    else notifyAgent(deciding, { ...note, agentId })
  }
  if (mentioned.operators) {
    notifyOperators(deciding, { ...note, title: `${deciding.actor.name} asks for an operator ${where}` })
  }
}
