import type { TextMarks } from './text-marks.ts'

/** Where a secret lies in a text. The value itself is never copied. */
export interface SecretMatch {
  /** What it is, for people: `github`, `password`, `private-key` … */
  readonly kind: string
  readonly start: number
  readonly end: number
}

/** How a detector tells what it found. */
export type Report = (kind: string, start: number, end: number) => void

/** Looks through a text once, in time linear in its length, and reports what it finds in any order. */
export type Detector = (text: string, report: Report, marks: TextMarks) => void
