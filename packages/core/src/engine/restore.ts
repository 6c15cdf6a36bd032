import { RefusedError } from '../errors.ts'
import { BACKUP_FORMAT_VERSION, type BackupManifest, backupManifestSchema } from '../model/backup.ts'
import { RECORDS } from '../model/records.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import { SNAPSHOT_ROWS_MAX, type StoredRow } from '../model/stored-row.ts'
import type { BackupPlace } from '../ports/backup-place.ts'
import type { Signer } from '../ports/signer.ts'
import type { Storage } from '../ports/storage.ts'
import { backupText, differenceOf, RowCounter } from '../rules/backup/row-sums.ts'

export interface RestoreRequest {
  readonly place: BackupPlace
  readonly id: string
  /** Also a backup whose signature nobody here can check. Default: refused, as is one without a signature where there is a signer. */
  readonly acceptsUnchecked?: boolean
  readonly onRows?: (rows: number) => void
}

/** A row is a record and what is around it: far below this. */
const LINE_CHARS_MAX = 16 * 1024 * 1024
const MANIFEST_CHARS_MAX = 16 * 1024 * 1024
const NOTHING_CHANGED = 'Nothing was changed.'

function refused(detail: string, hint: string): RefusedError {
  return new RefusedError(refusal('VALIDATION', detail, { hint: `${hint} ${NOTHING_CHANGED}` }))
}

/** Fills an empty store from a backup: all of it, or nothing when anything about it is not as its manifest says. */
export async function restoreBackup(
  { storage, signer }: { storage: Storage; signer: Signer | undefined },
  request: RestoreRequest,
): Promise<Outcome<BackupManifest>> {
  try {
    const manifest = await readManifest(request)
    if (request.acceptsUnchecked !== true) await checkSignature(manifest, signer)
    const outcome = await storage.restore(rowsOf(request, manifest))
    if (outcome === 'occupied') throw refused('this store holds something already', 'Restore into an empty store.')
    return { ok: true, data: manifest }
  } catch (error) {
    if (error instanceof RefusedError) return { ok: false, error: error.refusal }
    throw error
  }
}

async function readManifest({ place, id }: RestoreRequest): Promise<BackupManifest> {
  const pieces = await place.read(id, 'manifest.json')
  if (pieces === null) {
    throw new RefusedError(
      refusal('NOT_FOUND', `there is no finished backup ${id}`, {
        hint: `Name one that has a manifest. ${NOTHING_CHANGED}`,
      }),
    )
  }
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > MANIFEST_CHARS_MAX) throw refused('the manifest is too long', 'Take another backup.')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refused('the manifest is no JSON', 'It was cut off or changed: take another backup.')
  }
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion
  if (typeof version === 'number' && version > BACKUP_FORMAT_VERSION) {
    throw refused(
      `the backup has format ${version}, and this version knows those up to ${BACKUP_FORMAT_VERSION}`,
      'Restore it with the version that made it, or a newer one.',
    )
  }
  const parsed = backupManifestSchema.safeParse(value)
  if (!parsed.success) throw refused(`the manifest is not one: ${parsed.error.message}`, 'Take another backup.')
  return parsed.data
}

async function checkSignature(manifest: BackupManifest, signer: Signer | undefined): Promise<void> {
  const { keyId, signature } = manifest
  if (signer === undefined && signature === null) return
  if (signature === null || keyId === null) {
    throw refused('the backup is not signed', 'Take one that is, or say that an unsigned one will do.')
  }
  if (signer === undefined) {
    throw refused(`the backup is signed by ${keyId}, and there is no key to check it`, 'Give the public key.')
  }
  if (!(await signer.verify(backupText(manifest), signature, keyId))) {
    throw refused(
      `the signature of ${keyId} does not fit the manifest`,
      'It was changed since, or signed by somebody else.',
    )
  }
}

/** Reads the rows, and ends with a refusal when they are not what the manifest says: the restore is undone then. */
async function* rowsOf(
  { place, id, onRows }: RestoreRequest,
  manifest: BackupManifest,
): AsyncGenerator<readonly StoredRow[]> {
  const pieces = await place.read(id, 'store.ndjson')
  if (pieces === null) throw refused('the rows of the backup are missing', 'Take another backup.')
  const counter = new RowCounter()
  let rows: StoredRow[] = []
  for await (const line of linesOf(pieces, counter)) {
    const row = rowOf(line, counter.rows + 1)
    counter.takeRow(row)
    rows.push(row)
    if (rows.length < SNAPSHOT_ROWS_MAX) continue
    yield rows
    onRows?.(counter.rows)
    rows = []
  }
  const difference = differenceOf(manifest, counter.end())
  if (difference !== null) {
    throw refused(
      `the rows are not those of the manifest; ${difference}`,
      'They were cut off or changed: take another backup.',
    )
  }
  if (rows.length > 0) yield rows
  onRows?.(counter.rows)
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>, counter: RowCounter): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of pieces) {
    counter.takeBytes(piece)
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_CHARS_MAX) throw refused('a row is longer than any can be', 'Take another backup.')
    yield* lines
  }
  if (rest !== '')
    throw refused(`the rows end in the middle of row ${counter.rows + 1}`, 'They were cut off: take another backup.')
}

function rowOf(line: string, at: number): StoredRow {
  let row: StoredRow
  try {
    row = JSON.parse(line) as StoredRow
  } catch {
    throw refused(`row ${at} is no JSON`, 'It was changed: take another backup.')
  }
  const isKnown =
    row?.type === 'balance' ||
    row?.type === 'receipt' ||
    row?.type === 'event' ||
    (row?.type === 'record' && Object.hasOwn(RECORDS, row.kind) && RECORDS[row.kind].safeParse(row.record).success)
  if (!isKnown)
    throw refused(`row ${at} is none that this version knows`, 'It was changed, or made by another version.')
  return row
}
