import {
  type ExportPage,
  exportPages,
  type MissionControlClient,
  type Outcome,
  RefusedError,
  ROW_FORMATS,
  ROW_PARTS,
  type RowFormat,
  rowWriter,
} from '@mission-control/core'
import { invalid, refuse } from '../refuse.ts'
import { resolveProject } from '../resolve-project.ts'
import { PROJECT } from '../routes/route.ts'

/** A part of an export as one file, however long. */
export const EXPORT_PATH = `${PROJECT}/exports/{part}` as const

const FORMAT_DEFAULT: RowFormat = 'NDJSON'

export interface ExportAsked {
  readonly client: MissionControlClient
  readonly url: URL
  readonly projectIdOrSlug: string
  readonly part: string
}

/**
 * Begins to send a file. The first page is read before the answer begins, so that a refusal is still one; every other
 * page is read when the one before it has gone out, so that a slow or vanished reader costs one page, and is asked for
 * with the same key, so that one that was taken away ends the file in the middle.
 */
export async function streamExport({ client, url, projectIdOrSlug, part }: ExportAsked): Promise<Outcome<Response>> {
  const format = (url.searchParams.get('format') ?? FORMAT_DEFAULT).toUpperCase()
  const stray = [...url.searchParams.keys()].filter((name) => name !== 'format')
  if (!isOneOf(ROW_PARTS, part)) return refuse('NOT_FOUND', `there is no export of ${part.slice(0, 100)}`)
  if (!isOneOf(ROW_FORMATS, format)) {
    return invalid('no such format', [{ field: 'format', message: `must be one of ${ROW_FORMATS.join(', ')}` }])
  }
  if (stray.length > 0) {
    const errors = stray.map((field) => ({ field: field.slice(0, 100), message: 'is not known here' }))
    return invalid('an export takes nothing but its format', errors)
  }
  const project = await resolveProject(client, projectIdOrSlug)
  if (!project.ok) return project
  const pages = exportPages(client, { projectId: project.data, part })
  const first = await nextPage(pages)
  if (!first.ok) return first
  const writer = rowWriter(format, first.data?.columns ?? [])
  const headers = {
    'content-type': writer.mediaType,
    'content-disposition': `attachment; filename="${part}.${writer.suffix}"`,
  }
  return { ok: true, data: new Response(bytesOf(writer, first.data, pages), { headers }) }
}

async function nextPage(pages: AsyncGenerator<ExportPage>): Promise<Outcome<ExportPage | null>> {
  try {
    const { value, done } = await pages.next()
    return { ok: true, data: done === true ? null : value }
  } catch (error) {
    if (error instanceof RefusedError) return { ok: false, error: error.refusal }
    throw error
  }
}

function bytesOf(
  writer: ReturnType<typeof rowWriter>,
  first: ExportPage | null,
  pages: AsyncGenerator<ExportPage>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let page: ExportPage | null = first
  let isBegun = false
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        let text = isBegun ? '' : writer.begin
        isBegun = true
        // A reader that waits is not called again for nothing, so this goes on until there is something.
        while (text === '' && page !== null) {
          text = writer.rows(page.data)
          const next = await pages.next()
          page = next.done === true ? null : next.value
        }
        if (page === null) text += writer.end
        if (text !== '') controller.enqueue(encoder.encode(text))
        if (page === null) controller.close()
      },
      cancel: async () => {
        await pages.return(undefined)
      },
    },
    // Nothing is read ahead of the reader.
    { highWaterMark: 0 },
  )
}

function isOneOf<T extends string>(list: readonly T[], text: string): text is T {
  return (list as readonly string[]).includes(text)
}
