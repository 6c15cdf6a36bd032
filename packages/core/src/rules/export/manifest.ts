import type { LogHead } from '../../model/seal.ts'
import type { JsonValue } from '../../model/text.ts'
import { canonicalJson, sha256Hex } from '../hash.ts'
import type { ExportFile } from './render.ts'

/** What an export holds, so that whoever receives it can tell whether it is whole and unchanged. */
export interface ExportManifest {
  readonly projectId: string
  readonly at: number
  /** The end of the log that the export is of: every file shows the project as it was then. */
  readonly head: LogHead
  readonly files: readonly {
    readonly name: string
    readonly mediaType: string
    readonly rows: number
    readonly bytes: number
    readonly sha256: string
  }[]
  /** Who signed it; null when nobody could. */
  readonly keyId: string | null
}

const encoder = new TextEncoder()

/** Describes the files of an export. */
export function exportManifest(
  facts: Omit<ExportManifest, 'files'>,
  files: readonly (ExportFile & { readonly rows: number })[],
): ExportManifest {
  return {
    ...facts,
    files: files.map(({ name, mediaType, rows, text }) => {
      return { name, mediaType, rows, bytes: encoder.encode(text).byteLength, sha256: sha256Hex(text) }
    }),
  }
}

/** What the signature of a manifest is over. */
export function manifestText(manifest: ExportManifest): string {
  return canonicalJson(manifest as unknown as JsonValue)
}
