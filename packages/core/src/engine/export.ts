import { MissionControlError } from '../errors.ts'
import { emptyHead, type LogHead } from '../model/seal.ts'
import type { Signer } from '../ports/signer.ts'
import { type FilterValue, PAGE_ROWS_MAX, type Storage } from '../ports/storage.ts'
import { envelopeOf } from '../rules/envelope.ts'
import { AUDIT_COLUMNS, RECORD_PARTS } from '../rules/export/columns.ts'
import { type ExportManifest, exportManifest, manifestText } from '../rules/export/manifest.ts'
import {
  EXPORT_PARTS,
  type ExportFile,
  type ExportFormat,
  type ExportPart,
  type ExportRow,
  exportFile,
} from '../rules/export/render.ts'
import { redactJson } from '../rules/redaction.ts'
import type { Sealer } from './sealer.ts'

/** Most rows of one part; a project beyond it needs a backup, not an export. */
const EXPORT_ROWS_MAX = 100_000
/** How often it is read anew because something happened meanwhile. */
const ATTEMPTS_MAX = 5

export interface ExportRequest {
  readonly projectId: string
  readonly format: ExportFormat
  /** Default: all of them. */
  readonly parts?: readonly ExportPart[]
}

/** A project as files, with what proves them whole. */
export interface Exported {
  readonly files: readonly ExportFile[]
  readonly manifest: ExportManifest
  /** Over the manifest, by the signer's key; null without a signer. */
  readonly signature: string | null
}

/**
 * Reads a project as it is at one moment. The parts are read one after the other, so when the log has gone on
 * meanwhile it is read again; a project that is never quiet for that long gives CONTENTION.
 */
export async function exportProject(
  { storage, sealer, signer }: { storage: Storage; sealer: Sealer; signer: Signer | undefined },
  { projectId, format, parts = EXPORT_PARTS }: ExportRequest,
): Promise<Exported> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const head = await headNow(storage, sealer, projectId)
    const files: (ExportFile & { rows: number })[] = []
    for (const part of parts) {
      const rows = part === 'audit' ? await auditRows(storage, head) : await recordRows(storage, part, projectId)
      const columns = part === 'audit' ? AUDIT_COLUMNS : RECORD_PARTS[part].columns
      files.push({ ...exportFile(part, format, columns, rows), rows: rows.length })
    }
    if ((await headNow(storage, sealer, projectId)).seq !== head.seq) continue
    const at = await storage.queries.now()
    const manifest = exportManifest({ projectId, at, head, keyId: signer?.keyId ?? null }, files)
    const signature = signer === undefined ? null : await signer.sign(manifestText(manifest))
    return { files: files.map(({ rows: _, ...file }) => file), manifest, signature }
  }
  throw new MissionControlError('CONTENTION', 'the project changed during each attempt to export it; drain it first')
}

async function headNow(storage: Storage, sealer: Sealer, projectId: string): Promise<LogHead> {
  await sealer.seal()
  return (await storage.queries.chainHead(projectId)) ?? emptyHead(projectId)
}

async function recordRows(
  storage: Storage,
  part: Exclude<ExportPart, 'audit'>,
  projectId: string,
): Promise<ExportRow[]> {
  const rows: ExportRow[] = []
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly object[]; next: readonly FilterValue[] | null } = await storage.queries.page({
      kind: RECORD_PARTS[part].kind,
      projectId,
      order: [{ field: 'createdAt', direction: 'asc' }],
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    // What was stored is redacted; this is the last door, and it costs little.
    for (const row of page.rows) rows.push(redactJson(row as never).value as ExportRow)
    assertBounded(rows)
    after = page.next
  } while (after !== null)
  return rows
}

/** The sealed log. An event leaves exactly as it was sealed, or its hash would prove nothing. */
async function auditRows(storage: Storage, head: LogHead): Promise<ExportRow[]> {
  const rows: ExportRow[] = []
  for (let afterSeq = 0; afterSeq < head.seq; afterSeq += PAGE_ROWS_MAX) {
    const links = await storage.queries.chain({ projectId: head.projectId, afterSeq, limit: PAGE_ROWS_MAX })
    for (const { event, seal } of links) {
      if (event !== null && seal !== null && seal.seq <= head.seq) rows.push(envelopeOf(event, seal) as never)
    }
    assertBounded(rows)
  }
  return rows
}

function assertBounded(rows: readonly ExportRow[]): void {
  if (rows.length > EXPORT_ROWS_MAX) {
    throw new MissionControlError(
      'INTERNAL',
      `an export holds at most ${EXPORT_ROWS_MAX} rows of a kind; make a backup`,
    )
  }
}
