import {
  connectMissionControl,
  type MissionControl,
  type MissionControlClient,
  type TelegramPairing,
  type Transport,
  unwrap,
} from '@mission-control/core'

/** How the bot reaches Mission Control. It decides nothing itself: for people it acts as whoever they are linked to. */
export interface TelegramAccess {
  /** Reads, keeps the chat, and takes notes of the outbox; acts for nobody. */
  readonly bridge: MissionControlClient
  /** The client of the person a Telegram user is linked to; null for strangers. */
  personOf(pairing: TelegramPairing): Promise<MissionControlClient | null>
}

/** For a bot that runs inside the host. */
export function accessInHost(missionControl: MissionControl): TelegramAccess {
  return {
    bridge: missionControl.system,
    personOf: async ({ link, isActive }) => (isActive ? missionControl.as(link.principalId) : null),
  }
}

/**
 * For a bot that runs elsewhere, with the key of a bridge. `transportFor` gives a transport whose requests carry
 * `MC-Act-For` with that Telegram user, or none.
 */
export function accessOverTransport(options: {
  readonly key: string
  readonly transportFor: (telegramUserId: string | null) => Transport
}): TelegramAccess {
  const { key, transportFor } = options
  return {
    bridge: connectMissionControl({ transport: transportFor(null), key }),
    personOf: async ({ link, isActive }) =>
      isActive ? connectMissionControl({ transport: transportFor(link.telegramUserId), key }) : null,
  }
}

/** Who a Telegram user is; null for strangers. */
export async function pairingOf({ bridge }: TelegramAccess, telegramUserId: string): Promise<TelegramPairing | null> {
  const { data } = unwrap(await bridge.telegram.links({ telegramUserId, limit: 1 }))
  const [pairing] = data
  return pairing?.isActive === true ? pairing : null
}
