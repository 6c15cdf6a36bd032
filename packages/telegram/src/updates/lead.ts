import { type MissionControlClient, unwrap } from '@mission-control/core'

const KEY = 'leading'

/** Where the leader's turn stands. */
export interface Led {
  readonly isMine: boolean
  /** How far the log was followed, by whichever host led. */
  readonly cursor: string | null
}

/**
 * The turn of one host among many: Telegram gives updates to one poller only, and who polls also pushes, so that the log
 * is followed by the host that knows what came from the chat.
 */
export class Lead {
  readonly #bridge: MissionControlClient
  readonly #owner: string
  readonly #turnMs: number

  constructor(options: { readonly bridge: MissionControlClient; readonly owner: string; readonly turnMs: number }) {
    this.#bridge = options.bridge
    this.#owner = options.owner
    this.#turnMs = options.turnMs
  }

  /** Takes or keeps the turn. Of many hosts one has it; it gives way when it is silent for the length of a turn. */
  async take(): Promise<Led> {
    const turn = { key: KEY, owner: this.#owner, turnMs: this.#turnMs }
    const { taken, cursor } = unwrap(await this.#bridge.telegram.takeTurn(turn))
    return { isMine: taken, cursor }
  }

  /** Says how far the log was followed; false when the turn was lost meanwhile. */
  async note(cursor: string): Promise<boolean> {
    const noted = unwrap(await this.#bridge.telegram.noteTurn({ key: KEY, owner: this.#owner, cursor }))
    return noted.noted
  }

  /** Lets another host go on at once. */
  async giveUp(): Promise<void> {
    unwrap(await this.#bridge.telegram.noteTurn({ key: KEY, owner: this.#owner, isOver: true }))
  }
}
