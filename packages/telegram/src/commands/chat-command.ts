import type { MissionControlClient, Outcome, Project, TelegramPairing } from '@mission-control/core'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import type { Prompts } from '../cards/prompts.ts'
import type { Place } from '../chat-api.ts'
import type { Asked } from '../refusal-text.ts'
import { refusalText } from '../refusal-text.ts'
import type { RichText } from '../text/rich-text.ts'

/** The headings of `/help`. */
export const GROUPS = ['Projects', 'Tasks', 'Approvals', 'Squad'] as const

/** Permissions that commands ask for; the command of the core asks again. */
export type ChatPermission = 'read' | 'approvals.decide' | 'agents.control' | 'tasks.create'

/** Whoever wrote, and what they act with. */
export interface Person {
  readonly telegramUserId: string
  readonly pairing: TelegramPairing
  /** With their rights and no more; about their current project where they have one. */
  readonly client: MissionControlClient
}

/** What a command is given. */
export interface Asking {
  readonly person: Person
  readonly place: Place
  /** The same at every delivery of the same update, so that nothing happens twice. */
  readonly key: string
  readonly cards: ApprovalCards
  readonly prompts: Prompts
  readonly bridge: MissionControlClient
}

export interface AskingInProject extends Asking {
  readonly project: Project
}

interface CommandFacts {
  readonly name: string
  /** As in `/help`: `<id> <reason>`. */
  readonly args: string
  readonly description: string
  readonly group: (typeof GROUPS)[number]
  readonly permission: ChatPermission
  /** What it answers, for the reference. */
  readonly reply: string
}

/** What a command says; null where it has said it already. */
type Answer = Promise<RichText | null>

/** One command of the chat. */
export type ChatCommand = CommandFacts &
  (
    | { readonly needsProject: true; run(asking: AskingInProject, args: string): Answer }
    | { readonly needsProject: false; run(asking: Asking, args: string): Answer }
  )

/** The data of an outcome, or the refusal thrown to whoever answers. */
export class Refused extends Error {
  readonly text: RichText

  constructor(text: RichText) {
    super(text.text)
    this.text = text
  }
}

/** Takes the data out of an outcome; a refusal becomes the answer. */
export function dataOf<T>(outcome: Outcome<T>, asked: Asked = {}): T {
  if (outcome.ok) return outcome.data
  throw new Refused(refusalText(outcome.error, asked))
}
