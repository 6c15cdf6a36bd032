import type { ChainRequest, LogHead, SealRequest, StoredLink, Unsealed } from '@mission-control/core/storage'
import { PAGE_ROWS_MAX } from '@mission-control/core/storage'
import { BEGINNING, cursorOf, eventDraft, placeOf, sealOf, storedEvent } from './cursor.ts'
import { boundedRows } from './limits.ts'
import { exactInteger, type Row, readDocument } from './rows.ts'
import { type ChainAnswer, chainPage, logHead, sealEvents, type UnsealedAnswer, unsealedEvents } from './sql/seals.ts'
import type { SqlRows } from './sql-client.ts'
import type { Statement } from './statement.ts'

type Ask = (statement: Statement) => Promise<SqlRows>

export async function readUnsealed(ask: Ask, limit: number): Promise<Unsealed> {
  const statement = unsealedEvents(boundedRows(limit, PAGE_ROWS_MAX))
  const { end, events, heads } = readDocument<UnsealedAnswer>(await ask(statement))
  return {
    after: end === null ? null : cursorOf({ xid: end[0], seq: end[1] }),
    events: (events ?? []).map(storedEvent),
    heads: (heads ?? []).map(headOf),
  }
}

function headOf({ log, seq, hash }: Row): LogHead {
  return { projectId: log === '' ? null : String(log), seq: exactInteger(seq, 'seq'), hash: String(hash) }
}

export async function seal(ask: Ask, { after, seals }: SealRequest): Promise<'sealed' | 'stale'> {
  boundedRows(seals.length, PAGE_ROWS_MAX)
  const rows = seals.map(({ cursor, seal: { seq, prevHash, hash } }) => {
    const place = placeOf(cursor)
    return { xid: place.xid, place: place.seq, seq, prev_hash: prevHash, hash }
  })
  const { rows: answer } = await ask(sealEvents(after === null ? BEGINNING : placeOf(after), rows))
  return answer[0]?.is_sealed === true ? 'sealed' : 'stale'
}

/** Puts what is sealed and what is not into the one order of the log. */
export async function readChain(ask: Ask, request: ChainRequest): Promise<readonly StoredLink[]> {
  boundedRows(request.limit, PAGE_ROWS_MAX)
  const answer = readDocument<ChainAnswer>(await ask(chainPage(request)))
  const sealed = (answer.sealed ?? []).map((row) => ({
    place: cursorOf({ xid: String(row.xid), seq: String(row.place) }),
    link: { event: row.event === null ? null : eventDraft(row.event), seal: sealOf(row.seq ?? null, row) },
  }))
  const strays = (answer.strays ?? []).map((row) => ({
    place: cursorOf({ xid: String(row.xid), seq: String(row.seq) }),
    link: { event: eventDraft(row), seal: null },
  }))
  const links: StoredLink[] = []
  for (const { place, link } of sealed) {
    while (strays[0] !== undefined && strays[0].place < place) links.push(...strays.splice(0, 1).map((one) => one.link))
    links.push(link)
  }
  return [...links, ...strays.map((one) => one.link)]
}

export async function readHead(ask: Ask, projectId: string | null): Promise<LogHead | null> {
  const { head } = readDocument<{ head: Row | null }>(await ask(logHead(projectId)))
  return head === null ? null : headOf(head)
}
