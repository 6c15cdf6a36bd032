/** A part of a text with a meaning of its own; offsets count UTF-16 units. */
export interface FakeEntity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly [more: string]: unknown
}

export interface FakeButton {
  readonly text: string
  readonly callback_data?: string
}

/** A chat of the fake server. */
export interface FakeChat {
  readonly id: number
  readonly type: 'private' | 'group' | 'supergroup'
  readonly is_forum?: boolean
  readonly title?: string
}

/** A message as it stands now in its chat. */
export interface FakeMessage {
  readonly chatId: number
  readonly messageId: number
  /** The user who wrote it; the bot where it is null. */
  readonly fromId: number | null
  readonly text: string
  readonly entities: readonly FakeEntity[]
  readonly buttons: readonly FakeButton[]
  readonly topicId: number | null
  readonly replyToId: number | null
  readonly isSilent: boolean
  readonly edits: number
}

/** A topic of a forum. */
export interface FakeTopic {
  readonly chatId: number
  readonly topicId: number
  readonly name: string
}

/** What the bot said when a button was pressed. */
export interface FakePopup {
  readonly queryId: string
  readonly text: string
  readonly isAlert: boolean
}

/** One call of the bot. */
export interface FakeCall {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** What it was answered: 200, or the code of the refusal. */
  readonly status: number
}

/** A refusal as the Bot API words it. */
export class BotApiError extends Error {
  readonly code: number
  readonly retryAfter: number | null

  constructor(code: number, description: string, retryAfter: number | null = null) {
    super(description)
    this.code = code
    this.retryAfter = retryAfter
  }
}

/** The request is wrong, and stays so. */
export function badRequest(what: string): BotApiError {
  return new BotApiError(400, `Bad Request: ${what}`)
}
