import { CODES, type Outcome, type Refusal } from '@mission-control/core'

type Extras = Partial<Omit<Refusal, 'code' | 'title' | 'detail'>>
type Refused = Extract<Outcome<never>, { ok: false }>

/** A refusal of the host itself, in the words of the table of codes. */
export function refuse(code: Refusal['code'], detail: string, extras: Extras = {}): Refused {
  const { title, hint } = CODES[code]
  return { ok: false, error: { code, title, detail, hint, ...extras } }
}

/** The request is wrong in these places. */
export function invalid(detail: string, errors: readonly { field: string; message: string }[]): Refused {
  return refuse('VALIDATION', detail, { errors })
}
