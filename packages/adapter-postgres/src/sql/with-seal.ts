import { SCHEMA } from '../record-tables.ts'

export const SEALS = `${SCHEMA}.seals`

/** Gives each event `e` its seal `s`, if it has one, for statements that answer events. */
export const WITH_SEAL = `left join ${SEALS} as s on (s.xid, s.place) = (e.xid, e.seq)`
export const SEAL_COLUMNS = 's.seq as sealed_seq, s.prev_hash, s.hash'
