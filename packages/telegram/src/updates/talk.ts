import { type Project, type TelegramMessage, unwrap } from '@mission-control/core'
import type { TelegramAccess } from '../access.ts'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import type { Prompts } from '../cards/prompts.ts'
import { type Asking, dataOf, type Person } from '../commands/chat-command.ts'
import { passVerdict, readReason } from '../commands/decide.ts'
import { commandNamed } from '../commands/index.ts'
import { type RichText, rich, value } from '../text/rich-text.ts'
import type { Deed } from './read-update.ts'

export type Said = Extract<Deed, { kind: 'said' | 'edited' }>

const COMMAND = /^\/([a-z_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+([\s\S]*))?$/i

/** The newest messages of a task, among which an edited one is looked for. */
const MESSAGES_MAX = 200

/** A command as it was written, or null. */
export interface WrittenCommand {
  readonly name: string
  /** The bot it is for, where one is named. */
  readonly bot: string | null
  readonly args: string
}

export function readCommand(text: string): WrittenCommand | null {
  const match = COMMAND.exec(text.trim())
  if (match?.[1] === undefined) return null
  return { name: match[1].toLowerCase(), bot: match[2] ?? null, args: (match[3] ?? '').trim() }
}

interface TalkOptions {
  readonly access: TelegramAccess
  readonly cards: ApprovalCards
  readonly prompts: Prompts
}

/** What people write: commands, reasons that they were asked for, and comments on tasks. */
export class Talk {
  readonly #options: TalkOptions

  constructor(options: TalkOptions) {
    this.#options = options
  }

  /** Does what a command says and gives the answer; null where there is nothing more to say. */
  async command({ name, args }: WrittenCommand, said: Said, person: Person, key: string): Promise<RichText | null> {
    const command = commandNamed(name)
    if (command === null) return rich('No such command: ', value(`/${name}`), '. /help lists commands.')
    if (!person.pairing.permissions.includes(command.permission)) return rich(`You lack ${command.permission}.`)
    const { access, cards, prompts } = this.#options
    const asking: Asking = { person, place: said.place, key, cards, prompts, bridge: access.bridge }
    if (!command.needsProject) return command.run(asking, args)
    const project = await this.#currentProject(person)
    if (project === null) return rich('Choose a project: /switch <slug>')
    return command.run({ ...asking, project }, args)
  }

  /** The chosen project, while the person may still see it. */
  async #currentProject({ client, pairing }: Person): Promise<Project | null> {
    const { currentProjectId } = pairing.link
    if (currentProjectId === null) return null
    const found = await client.projects.get({ project: currentProjectId })
    return found.ok && found.data.status === 'ACTIVE' ? found.data : null
  }

  /** What is no command: the reason that was asked for, or a comment in the thread of a task. */
  async words(said: Said, person: Person, key: string): Promise<RichText | null> {
    const { replyToId, place } = said
    const repliedTo = replyToId === null ? null : await this.#kept({ chatId: place.chatId, messageId: replyToId })
    if (repliedTo?.kind === 'PROMPT') return this.#reason(repliedTo, said, person, key)
    const thread = place.topicId == null ? repliedTo : await this.#topic(place.chatId, place.topicId)
    const taskId = thread?.taskId ?? null
    if (thread === null || taskId === null) return null
    const content = said.text
    const posted = dataOf(
      await person.client.messages.post({ projectId: thread.projectId, taskId, content }, { idempotencyKey: key }),
      { permission: 'messages.post', id: taskId },
    )
    unwrap(
      await this.#options.access.bridge.telegram.keepMessage(
        {
          projectId: thread.projectId,
          kind: 'MESSAGE',
          subject: `message/${posted.id}`,
          taskId,
          chatId: place.chatId,
          ...(place.topicId == null ? {} : { topicId: place.topicId }),
          messageId: said.messageId,
          forUserId: person.telegramUserId,
        },
        { idempotencyKey: key },
      ),
    )
    return null
  }

  /** A comment that its author has changed in the chat changes here, and is not told twice. */
  async edited(said: Said, person: Person, key: string): Promise<RichText | null> {
    const kept = await this.#kept({ chatId: said.place.chatId, messageId: said.messageId })
    if (kept?.kind !== 'MESSAGE' || kept.forUserId !== person.telegramUserId) return null
    const messageId = kept.subject.slice(kept.subject.indexOf('/') + 1)
    if (kept.taskId === null) return null
    const { projectId, taskId } = kept
    const { data } = dataOf(await person.client.messages.list({ projectId, taskId, limit: MESSAGES_MAX }))
    const message = data.find(({ id }) => id === messageId)
    if (message === undefined) return null
    dataOf(
      await person.client.messages.edit(
        { projectId, messageId, content: said.text, expectedVersion: message.version },
        { idempotencyKey: key },
      ),
      { permission: 'messages.post', id: messageId },
    )
    return null
  }

  async #reason(question: TelegramMessage, said: Said, person: Person, key: string): Promise<RichText | null> {
    if (question.forUserId !== person.telegramUserId) return rich('This question is for somebody else.')
    const { projectId, subject, verdict } = question
    const approvalId = subject.slice(subject.indexOf('/') + 1)
    const approval = dataOf(await person.client.approvals.get({ projectId, approvalId }), {
      id: `#${approvalId.slice(-6)}`,
    })
    if (question.closedAt !== null || verdict === null) {
      return rich(approval.status === 'PENDING' ? 'This was answered already.' : `Already ${approval.status}.`)
    }
    const given = readReason(said.text)
    if (given.reason === null) return rich('A reason has words: reply again.')
    const { cards, prompts } = this.#options
    const answer = await passVerdict({ person, key, cards }, approval, { verdict, ...given })
    await prompts.close(question)
    return answer
  }

  async #kept(by: { chatId: string; messageId: number }): Promise<TelegramMessage | null> {
    const { data } = unwrap(await this.#options.access.bridge.telegram.messages({ ...by, limit: 1 }))
    return data[0] ?? null
  }

  async #topic(chatId: string, topicId: number): Promise<TelegramMessage | null> {
    const { data } = unwrap(
      await this.#options.access.bridge.telegram.messages({ kind: 'TASK', chatId, topicId, limit: 1 }),
    )
    return data[0] ?? null
  }
}
