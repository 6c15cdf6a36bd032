/** Most prices that are remembered; agents name their models themselves, so the names have no end. */
export const REMEMBERED_MAX = 5_000
/** How long a price that changes over time is remembered: the finest step that price lists know. */
export const STEP_MS = 60_000
