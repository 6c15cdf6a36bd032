import type { OpenApiDocument } from '../openapi/document.ts'
import type { JsonSchema } from '../openapi/json-schema.ts'
import type { OperationObject, Parameter } from '../openapi/operation.ts'
import { escaped, htmlPage, marked } from './html.ts'
import { schemaText } from './schema-text.ts'

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: OperationObject
}

/** The reference as a page for people, made from the document alone. */
export function referencePage(document: OpenApiDocument): string {
  const entries: Entry[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  const areas = document.tags.map((tag) => ({
    ...tag,
    entries: entries.filter(({ operation }) => operation.tags.includes(tag.name)),
  }))
  const navigation = areas
    .map(
      ({ name, entries: own }) =>
        `<h2>${escaped(name)}</h2><ol>${own
          .map(({ operation: { operationId } }) => `<li><a href="#${operationId}">${escaped(operationId)}</a></li>`)
          .join('')}</ol>`,
    )
    .join('\n')
  const sections = areas
    .map(
      ({ name, description, entries: own }) =>
        `<section id="${escaped(name)}"><h2>${escaped(name)}</h2><p class="soft">${escaped(description)}</p>${own.map(article).join('\n')}</section>`,
    )
    .join('\n')
  const { title, description, version } = document.info as { title: string; description: string; version: string }
  return htmlPage(
    `${title}: API reference`,
    `<nav><a class="brand" href="#top">${escaped(title)}</a><p class="soft">API ${escaped(version)} · <a href="/openapi.json">OpenAPI 3.1</a> · <a href="/docs/errors">errors</a></p>
${navigation}</nav>
<main id="top"><h1>${escaped(title)}</h1>${marked(description)}
${sections}
<section id="rows"><h2>Rows</h2><p class="soft">What is stored, as answers show it.</p>${rows(document)}</section></main>`,
  )
}

function article({ method, path, operation }: Entry): string {
  const { operationId, summary, description, parameters, requestBody, responses, deprecated } = operation
  return `<article id="${operationId}"><header><h3><span class="method ${method}">${method.toUpperCase()}</span><code>${escaped(path)}</code></h3>${marked(summary)}</header><div>
${deprecated === true ? '<p class="deprecated">Deprecated.</p>' : ''}${description === undefined ? '' : marked(description)}
${parameterTable(parameters)}${bodyTable(requestBody)}${answerList(responses)}
<details><summary>Example</summary><pre>${escaped(example(method, path, operation))}</pre></details></div></article>`
}

function table(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  return `<h4>${heading}</h4><table><tr><th>Name</th><th>Type</th><th></th></tr>${lines.join('')}</table>`
}

function line(name: string, isRequired: boolean, schema: JsonSchema, description: string): string {
  const mark = isRequired ? ' <span class="required">required</span>' : ''
  return `<tr><td><code>${escaped(name)}</code>${mark}</td><td>${escaped(schemaText(schema))}</td><td>${marked(description)}</td></tr>`
}

function parameterTable(parameters: readonly Parameter[]): string {
  return (['path', 'query', 'header'] as const)
    .map((place) =>
      table(
        { path: 'In the path', query: 'In the query', header: 'Headers' }[place],
        parameters
          .filter((parameter) => parameter.in === place)
          .map(({ name, required, schema, description = '' }) => line(name, required, schema, description)),
      ),
    )
    .join('')
}

function schemaIn(part: JsonSchema | undefined): JsonSchema | null {
  const [content] = Object.values((part?.content ?? {}) as Record<string, { schema?: JsonSchema }>)
  return content?.schema ?? null
}

function bodyTable(body: JsonSchema | undefined): string {
  return fieldTable('Body', schemaIn(body))
}

function fieldTable(heading: string, schema: JsonSchema | null): string {
  const required = new Set((schema?.required ?? []) as readonly string[])
  const fields = Object.entries((schema?.properties ?? {}) as Record<string, JsonSchema>)
  return table(
    heading,
    fields.map(([name, field]) => line(name, required.has(name), field, String(field.description ?? ''))),
  )
}

function answerList(responses: Readonly<Record<string, JsonSchema>>): string {
  const lines = Object.entries(responses)
    .filter(([status]) => status !== 'default')
    .map(([status, response]) => {
      const schema = schemaIn(response)
      const headers = Object.keys((response.headers ?? {}) as object)
      return `<tr><td><code>${status}</code></td><td>${escaped(schema === null ? '' : schemaText(schema))}</td><td class="soft">${escaped(headers.join(', '))}</td></tr>`
    })
  return `<h4>Answers</h4><table>${lines.join('')}<tr><td><code>4xx, 5xx</code></td><td><a href="/docs/errors">Problem</a></td><td></td></tr></table>`
}

/** A request that can be pasted into a terminal once the names in capitals are replaced. */
function example(method: string, path: string, { parameters, requestBody, security }: OperationObject): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.replaceAll(/[A-Z]/g, '_$&').toUpperCase())
  const lines = [`curl -X ${method.toUpperCase()} "$MC_URL${filled}"`]
  if (security === undefined) lines.push('-H "Authorization: Bearer $MC_KEY"')
  for (const { name, in: place, required } of parameters) {
    if (place !== 'header' || !required) continue
    lines.push(name === 'Idempotency-Key' ? `-H "${name}: $(uuidgen)"` : `-H '${name}: "1"'`)
  }
  if (requestBody !== undefined) {
    const schema = schemaIn(requestBody) ?? {}
    const fields = ((schema.required ?? []) as readonly string[]).map((name) => {
      const field = (schema.properties as Record<string, JsonSchema>)[name] ?? {}
      return `"${name}": ${JSON.stringify(sample(field))}`
    })
    lines.push(`-H 'Content-Type: application/json' -d '{${fields.join(', ')}}'`)
  }
  return lines.join(' \\\n  ')
}

function sample(schema: JsonSchema): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, Number(schema.minimum ?? 1))
  if (schema.type === 'boolean') return true
  if (schema.type === 'array') return [sample((schema.items ?? {}) as JsonSchema)]
  return schema.type === 'object' ? {} : '…'
}

function rows(document: OpenApiDocument): string {
  return Object.entries(document.components.schemas)
    .map(
      ([name, schema]) =>
        `<article id="row-${escaped(name)}"><header><h3><code>${escaped(name)}</code></h3></header><div>${fieldTable('Fields', schema)}</div></article>`,
    )
    .join('\n')
}
