import {
  type Logger,
  type Message,
  type MissionControlClient,
  type Project,
  type StoredEvent,
  type Task,
  type TelegramMessage,
  unwrap,
} from '@mission-control/core'
import type { ChatApi } from '../chat-api.ts'
import { digest } from '../nonce.ts'
import { block, bold, lines, type RichText, revealed, rich, value } from '../text/rich-text.ts'
import { STATUS_SIGNS, taskRef } from '../text/words.ts'

const EVENTS_MAX = 50
const TURN_MS = 30_000
const MESSAGES_MAX = 200
/** A project younger than this when it is first seen is followed from its beginning. */
const YOUNG_MS = 10 * 60_000
const KINDS = ['TASK_CREATED', 'TASK_TRANSITION', 'MESSAGE_POSTED', 'MESSAGE_EDITED'] as const

interface MirrorOptions {
  readonly bridge: MissionControlClient
  readonly chat: ChatApi
  /** The chat that has the threads. */
  readonly chatId: string
  readonly owner: string
  readonly logger: Logger
  /** Events younger than this wait: another host may be about to say that the message came from the chat. */
  readonly settleMs: number
}

/** A thread per task: a topic where the chat is a forum, else a root message with replies. The log is what it follows. */
export class ThreadMirror {
  readonly #options: MirrorOptions
  readonly #followed = new Set<string>()
  #isForum: boolean | null = null

  constructor(options: MirrorOptions) {
    this.#options = options
  }

  /** Takes what is new in each project into the threads; gives how many events. */
  async follow(): Promise<number> {
    const { bridge } = this.#options
    const { now } = unwrap(await bridge.telegram.outbox({}))
    const { data } = unwrap(await bridge.projects.list({ limit: 200 }))
    let followed = 0
    for (const project of data) followed += await this.#followProject(project, now)
    return followed
  }

  /** Gives the projects up, so that another host goes on at once. */
  async stop(): Promise<void> {
    const { bridge, owner } = this.#options
    for (const projectId of this.#followed) {
      await bridge.telegram.noteTurn({ key: `threads/${projectId}`, owner, isOver: true })
    }
  }

  async #followProject(project: Project, now: number): Promise<number> {
    const { bridge, owner } = this.#options
    const turn = { key: `threads/${project.id}`, owner }
    const { taken, cursor } = unwrap(await bridge.telegram.takeTurn({ ...turn, turnMs: TURN_MS }))
    if (!taken) return 0
    this.#followed.add(project.id)
    const after = cursor ?? (now - project.createdAt < YOUNG_MS ? null : await this.#head(project.id))
    if (after !== cursor && after !== null) await bridge.telegram.noteTurn({ ...turn, cursor: after })
    const { data: events } = unwrap(
      await bridge.events.list({
        projectId: project.id,
        kinds: [...KINDS],
        limit: EVENTS_MAX,
        ...(after === null ? {} : { cursor: after }),
      }),
    )
    let followed = 0
    for (const event of events) {
      if (event.time > now - this.#options.settleMs) break
      await this.#take(event, project.id)
      unwrap(await bridge.telegram.noteTurn({ ...turn, cursor: event.cursor }))
      followed++
    }
    return followed
  }

  async #head(projectId: string): Promise<string | null> {
    const { data } = unwrap(await this.#options.bridge.events.list({ projectId, newestFirst: true, limit: 1 }))
    return data[0]?.cursor ?? null
  }

  async #take(event: StoredEvent, projectId: string): Promise<void> {
    const { taskId } = event
    if (taskId === null) return
    const found = await this.#options.bridge.tasks.get({ projectId, taskId })
    if (!found.ok) return
    if (event.kind === 'TASK_CREATED') return this.#open(found.data)
    const root = await this.#root(taskId)
    if (root === null) return
    if (event.kind === 'TASK_TRANSITION') return this.#retitle(root, found.data)
    const message = await this.#messageOf(event, projectId, taskId)
    if (message === null) return
    if (event.kind === 'MESSAGE_POSTED') return this.#post(root, message)
    return this.#edit(message)
  }

  async #root(taskId: string): Promise<TelegramMessage | null> {
    const subject = `task/${taskId}`
    const { data } = unwrap(await this.#options.bridge.telegram.messages({ kind: 'TASK', subject, limit: 1 }))
    return data[0] ?? null
  }

  async #open(task: Task): Promise<void> {
    const { bridge, chat, chatId } = this.#options
    const { projectId } = task
    const known = await this.#root(task.id)
    if (known !== null && (known.messageId !== null || known.topicId !== null)) return
    const subject = { subject: `task/${task.id}`, taskId: task.id }
    const kept = known ?? unwrap(await bridge.telegram.keepMessage({ projectId, kind: 'TASK', ...subject, chatId }))
    const topicId = (await this.#isForumChat()) ? await chat.createTopic(chatId, topicName(task)) : null
    if (topicId !== null) {
      unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId: kept.id, topicId }))
    }
    const root = await chat.send({ chatId, topicId }, rootText(task))
    const shown = await digest(topicName(task))
    const placed = { messageId: root.message_id, shown }
    unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId: kept.id, ...placed }))
  }

  async #retitle(root: TelegramMessage, task: Task): Promise<void> {
    const { bridge, chat } = this.#options
    const shown = await digest(topicName(task))
    if (shown === root.shown) return
    if (root.topicId !== null) await chat.renameTopic(root.chatId, root.topicId, topicName(task))
    if (root.messageId !== null) await chat.edit(root.chatId, root.messageId, rootText(task))
    unwrap(await bridge.telegram.changeMessage({ projectId: task.projectId, telegramMessageId: root.id, shown }))
  }

  async #post(root: TelegramMessage, message: Message): Promise<void> {
    const { bridge, chat } = this.#options
    // What came from the chat is there already.
    if ((await this.#shownMessage(message)) !== null) return
    const { projectId } = message
    const place = {
      chatId: root.chatId,
      topicId: root.topicId,
      replyToId: root.topicId === null ? root.messageId : null,
    }
    const sent = await chat.send(place, messageText(message))
    unwrap(
      await bridge.telegram.keepMessage({
        projectId,
        kind: 'MESSAGE',
        subject: `message/${message.id}`,
        ...(message.taskId === null ? {} : { taskId: message.taskId }),
        chatId: root.chatId,
        ...(root.topicId === null ? {} : { topicId: root.topicId }),
        messageId: sent.message_id,
      }),
    )
  }

  async #edit(message: Message): Promise<void> {
    const shown = await this.#shownMessage(message)
    // A person's own message in the chat is edited by that person only.
    if (shown === null || shown.messageId === null || shown.forUserId !== null) return
    await this.#options.chat.edit(shown.chatId, shown.messageId, messageText(message))
  }

  async #shownMessage({ id }: Message): Promise<TelegramMessage | null> {
    const subject = `message/${id}`
    const { data } = unwrap(await this.#options.bridge.telegram.messages({ kind: 'MESSAGE', subject, limit: 1 }))
    return data[0] ?? null
  }

  async #messageOf(event: StoredEvent, projectId: string, taskId: string): Promise<Message | null> {
    const { data } = unwrap(await this.#options.bridge.messages.list({ projectId, taskId, limit: MESSAGES_MAX }))
    return data.find(({ id }) => event.subject === `message/${id}`) ?? null
  }

  async #isForumChat(): Promise<boolean> {
    if (this.#isForum === null) {
      const chat = await this.#options.chat.api.getChat(this.#options.chatId)
      this.#isForum = chat.type === 'supergroup' && chat.is_forum === true
    }
    return this.#isForum
  }
}

/** The name of a topic is plain text: what hides in a title is written out. */
function topicName(task: Task): string {
  const { status, priority, type } = task
  return `${STATUS_SIGNS[status]} ${taskRef(task)} ${revealed(task.title).slice(0, 80).toWellFormed()} · P${priority} · ${type}`
}

function rootText(task: Task): RichText {
  const { status, title, priority, type, description } = task
  return lines(
    rich(`${STATUS_SIGNS[status]} ${taskRef(task)} `, value(title), ` · P${priority} · ${type}`),
    description === null || description.trim() === '' ? null : block(description, DESCRIPTION_UNITS_MAX),
  )
}

/** The root is one message, because it is edited. */
const DESCRIPTION_UNITS_MAX = 3000

function messageText({ author, type, content }: Message): RichText {
  return lines(bold(`${revealed(author.name)} · ${type}`), block(content))
}
