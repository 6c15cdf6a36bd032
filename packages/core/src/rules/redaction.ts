// Secrets never reach a record, a log, a chat or an export: whatever is stored passes through here first.

export { redactJson } from './redaction/json.ts'
export { detectSecrets, preview, redactText } from './redaction/text.ts'
