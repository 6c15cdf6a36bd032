/** How long the previews of a tool call are kept. Its hashes, and every event, stay. */
export const PREVIEW_KEPT_MS = 90 * 24 * 60 * 60_000
