import type { MissionControlClient } from '@mission-control/core'

/** What somebody asks the gate for. */
export type GateInput = Parameters<MissionControlClient['toolCalls']['gate']>[0]
