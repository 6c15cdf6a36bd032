/** Shorter answers gain nothing. */
const BYTES_MIN = 8 * 1024

/** Whether this request takes gzip: named, and not named with a weight of nothing. */
export function takesGzip(headers: Headers): boolean {
  const accepted = headers.get('accept-encoding') ?? ''
  return accepted.split(',').some((part) => {
    const [coding = '', ...parameters] = part.trim().toLowerCase().split(';')
    return coding === 'gzip' && !parameters.some((parameter) => /^ *q=0(\.0*)?$/.test(parameter))
  })
}

/**
 * An answer of JSON, compressed when it is long and the caller takes that. Only reads come here: what a caller sends is
 * never compressed together with what it must not know.
 */
export function jsonBody(
  text: string,
  mayCompress: boolean,
): { body: string | ReadableStream; headers: Record<string, string> } {
  if (!mayCompress || text.length < BYTES_MIN) return { body: text, headers: {} }
  const plain = new Response(text).body
  if (plain === null) return { body: text, headers: {} }
  return {
    body: plain.pipeThrough(new CompressionStream('gzip')),
    headers: { 'content-encoding': 'gzip', vary: 'accept-encoding' },
  }
}
