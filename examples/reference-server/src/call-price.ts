/** What one tool call of a scripted agent is charged, in micro-USD: it has no model, so it pays for the machine's time. */
export const CALL_MICROS = 1_500
