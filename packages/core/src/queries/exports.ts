import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import type { JsonValue } from '../model/text.ts'
import { envelopeOf } from '../rules/envelope.ts'
import { AUDIT_COLUMNS, RECORD_PARTS } from '../rules/export/columns.ts'
import type { ExportRow } from '../rules/export/render.ts'
import { redactJson } from '../rules/redaction.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery, type ReadingInProject } from './query.ts'

export const ROW_PARTS = ['tasks', 'agents', 'runs', 'costs', 'audit'] as const
export type RowPart = (typeof ROW_PARTS)[number]

/** Some rows of one part of an export, and where the next ones begin. */
export interface ExportPage {
  readonly columns: readonly string[]
  readonly data: readonly ExportRow[]
  readonly nextCursor: string | null
  /** Where the export ends, said by its first page; give it back with the cursor. */
  readonly until: number
}

const input = z.strictObject({
  ...inProject,
  ...pageInput,
  part: z.enum(ROW_PARTS),
  /** What came after this is not in it: a moment, for the audit the number of an event. Absent: now. */
  until: z.int().min(0).optional(),
})
type Paging = Omit<z.infer<typeof input>, 'part'>

/**
 * One page of an export, oldest first. A whole export is page after page, so nobody ever holds all of it, and whoever
 * loses the right to it in the middle gets no more.
 */
export const exportRows = projectQuery({
  name: 'exports.rows',
  summary: 'Gives rows of an export (tasks, agents, runs, costs, audit), oldest first, redacted.',
  input,
  permission: 'export.read',
  read: (reading, { part, ...given }) =>
    part === 'audit' ? auditRows(reading, given) : recordRows(reading, part, given),
})

async function recordRows(
  { queries, project, now }: ReadingInProject,
  part: keyof typeof RECORD_PARTS,
  { until = now, ...paging }: Paging,
): Promise<Outcome<ExportPage>> {
  const { kind, columns } = RECORD_PARTS[part]
  const page = await readPage(
    queries,
    {
      kind,
      projectId: project.id,
      filters: [{ field: 'createdAt', op: 'lte', value: until }],
      order: [{ field: 'createdAt', direction: 'asc' }],
    },
    paging,
  )
  if (!page.ok) return page
  // What was stored is redacted; this is the last door, and it costs little.
  const data = page.data.data.map((row) => redactJson(row as JsonValue).value as ExportRow)
  return found({ columns, data, nextCursor: page.data.nextCursor, until })
}

/** The sealed log. An event leaves exactly as it was sealed, or its hash would prove nothing. */
async function auditRows(
  { queries, project }: ReadingInProject,
  { limit, cursor = '0', until: given }: Paging,
): Promise<Outcome<ExportPage>> {
  const afterSeq = Number(cursor)
  if (!Number.isSafeInteger(afterSeq) || afterSeq < 0 || String(afterSeq) !== cursor) {
    return { ok: false, error: refusal('CURSOR_INVALID', 'this cursor does not belong to this list') }
  }
  const until = given ?? (await queries.chainHead(project.id))?.seq ?? 0
  const links = afterSeq >= until ? [] : await queries.chain({ projectId: project.id, afterSeq, limit })
  const sealed = links.filter(({ seal }) => seal !== null && seal.seq <= until)
  const data = sealed.flatMap(({ event, seal }) =>
    event === null || seal === null ? [] : [envelopeOf(event, seal) as unknown as ExportRow],
  )
  const last = sealed.at(-1)?.seal?.seq ?? until
  const nextCursor = links.length < limit || last >= until ? null : String(last)
  return found({ columns: AUDIT_COLUMNS, data, nextCursor, until })
}
