import type { Hono } from 'hono'
import { openApiDocument } from '../openapi/document.ts'
import { ERROR_DOCS_PATH } from '../problem.ts'
import { errorPage, errorsPage, errorText } from './error-pages.ts'
import { referencePage } from './reference-page.ts'
import { STYLE } from './style.ts'

/** Nothing from elsewhere and no script: the page cannot do more than be read. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Written when somebody asks for the first time, and kept: it is the same for everybody until the program ends. */
function once(write: () => string): () => string {
  let written: string | null = null
  return () => {
    written ??= write()
    return written
  }
}

const documentText = once(() => JSON.stringify(openApiDocument()))
const reference = once(() => referencePage(openApiDocument()))
const errors = once(errorsPage)

function html(text: string): Response {
  return new Response(text, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY },
  })
}

/** The document, the reference made from it, and what the codes mean. All public: they say nothing of this installation. */
// biome-ignore lint/suspicious/noExplicitAny: nothing of the environment of the app is used
export function addDocs(app: Hono<any>): void {
  app.get('/openapi.json', () => new Response(documentText(), { headers: { 'content-type': 'application/json' } }))
  app.get('/docs', () => html(reference()))
  app.get('/docs/style.css', () => new Response(STYLE, { headers: { 'content-type': 'text/css; charset=utf-8' } }))
  app.get(ERROR_DOCS_PATH, () => html(errors()))
  app.get(`${ERROR_DOCS_PATH}/:code`, (c) => {
    const code = c.req.param('code') ?? ''
    const wantsHtml = c.req.header('accept')?.includes('text/html') === true
    const text = wantsHtml ? errorPage(code) : errorText(code)
    if (text === null) return c.notFound()
    if (wantsHtml) return html(text)
    return new Response(text, { headers: { 'content-type': 'text/markdown; charset=utf-8', vary: 'accept' } })
  })
}
