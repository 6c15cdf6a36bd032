import {
  type AnyRecord,
  invariant,
  PAGE_ROWS_MAX,
  type RecordOf,
  SEARCH_TOKENS_MAX,
  type SearchHit,
  type SearchRequest,
  taskScore,
  textsFit,
} from '@mission-control/core/storage'
import { fitsAll } from './filters.ts'
import { boundedRows } from './limits.ts'
import type { MemoryState } from './memory-state.ts'
import { compareText } from './ordering.ts'

/** Ranks everything that fits, and gives the first of it. */
export function searchHits(state: MemoryState, request: SearchRequest): readonly SearchHit[] {
  const { kind, projectId, tokens, at, filters = [] } = request
  const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
  invariant(tokens.length >= 1 && tokens.length <= SEARCH_TOKENS_MAX, `from 1 to ${SEARCH_TOKENS_MAX} tokens`)
  const fits = fitsAll(filters)
  const hits: SearchHit[] = []
  for (const record of state.tables[kind].all()) {
    if (record.projectId !== projectId || !fits(record)) continue
    const score = scoreOf(kind, record, tokens, at)
    if (score !== null) hits.push({ record, score })
  }
  return hits.sort(bestFirst).slice(0, limit)
}

function scoreOf(kind: SearchRequest['kind'], record: AnyRecord, tokens: readonly string[], at: number): number | null {
  if (kind === 'task') return taskScore(record as RecordOf<'task'>, tokens, at)
  return textsFit(textsOf(kind, record), tokens) ? 0 : null
}

function textsOf(kind: 'message' | 'document', record: AnyRecord): string[] {
  if (kind === 'message') return [(record as RecordOf<'message'>).content]
  const { name, content } = record as RecordOf<'document'>
  return [name, content ?? '']
}

function bestFirst(one: SearchHit, other: SearchHit): number {
  return (
    other.score - one.score ||
    other.record.createdAt - one.record.createdAt ||
    compareText(other.record.id, one.record.id)
  )
}
