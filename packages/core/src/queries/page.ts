import { z } from 'zod'
import { type Kind, RECORDS, type RecordOf } from '../model/records.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import type { FilterValue, PageRequest, StorageQueries } from '../ports/storage.ts'
import { found } from './query.ts'

const PAGE_LIMIT_DEFAULT = 50
const PAGE_LIMIT_MAX = 200

/** The paging part of a list's input. */
export const pageInput = {
  limit: z.int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().max(1000).optional(),
}

/** A page of a list: the rows, and where the next one begins. */
export interface Page<T> {
  readonly data: readonly T[]
  readonly nextCursor: string | null
}

/** An opaque cursor: the sort values of the last row, base64url of JSON. */
export function encodeCursor(values: readonly FilterValue[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(values))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const cursorSchema = z
  .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .min(1)
  .max(8)

/** Reads a cursor back; null if it is not one of ours. */
function decodeCursor(cursor: string): readonly FilterValue[] | null {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const text = new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)))
    return cursorSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The place in a list that a cursor names; null if the cursor is none of that list. */
export function placeIn<K extends Kind>(
  { kind, order = [] }: Pick<PageRequest<K>, 'kind' | 'order'>,
  cursor: string,
): readonly FilterValue[] | null {
  const after = decodeCursor(cursor)
  const fields = [...order.map(({ field }) => field), 'createdAt', 'id']
  if (after?.length !== fields.length) return null
  // A value of another type would be a fault of the store, and the caller cannot know what the store compares.
  const shape: Readonly<Record<string, z.ZodType>> = RECORDS[kind].shape
  const fits = fields.every((field, at) => shape[field]?.safeParse(after[at]).success === true)
  return fits ? after : null
}

/** Reads one page of records and turns the store's position into a cursor. */
export async function readPage<K extends Kind>(
  queries: StorageQueries,
  request: Omit<PageRequest<K>, 'after' | 'limit'>,
  paging: { limit: number; cursor?: string | undefined },
): Promise<Outcome<Page<RecordOf<K>>>> {
  const after = paging.cursor === undefined ? undefined : placeIn(request, paging.cursor)
  if (after === null) {
    return { ok: false, error: refusal('CURSOR_INVALID', 'this cursor does not belong to this list') }
  }
  const page = await queries.page({ ...request, limit: paging.limit, ...(after === undefined ? {} : { after }) })
  return found({ data: page.rows, nextCursor: page.next === null ? null : encodeCursor(page.next) })
}
