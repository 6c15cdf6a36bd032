// Secrets never reach a record, a log, a chat or an export: whatever is stored passes through here first.

export { redactJson } from './redaction/json.ts'
export { detectMarked, detectSecrets, mayHoldSecret, preview, redactText } from './redaction/text.ts'
export {
  type FieldOpening,
  fieldText,
  marksOfField,
  mayHold,
  mayHoldPiece,
  openingOf,
  type Pieces,
  pieces,
  signs,
  type TextMarks,
} from './redaction/text-marks.ts'
