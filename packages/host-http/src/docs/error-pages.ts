import { CODES, type Code } from '@mission-control/core'
import { escaped, htmlPage } from './html.ts'

/** What a code means, for whoever reads Markdown; null for a word that is no code. */
export function errorText(word: string): string | null {
  const code = codeOf(word)
  if (code === null) return null
  const { status, title, hint, retryable } = CODES[code]
  return `# ${code}\n\n${title}. HTTP ${status}.\n\n${hint} ${repeatOf(retryable)}\n`
}

/** The same for a browser. */
export function errorPage(word: string): string | null {
  const code = codeOf(word)
  if (code === null) return null
  const { status, title, hint, retryable } = CODES[code]
  return htmlPage(
    code,
    `<nav><a class="brand" href="/docs">Mission Control</a><ol>${Object.keys(CODES)
      .map((name) => `<li><a href="/docs/errors/${name}">${name}</a></li>`)
      .join('')}</ol></nav>
<main><h1>${code}</h1><p>${escaped(title)}. HTTP ${status}.</p><p>${escaped(hint)} ${repeatOf(retryable)}</p></main>`,
  )
}

/** All codes in one table. */
export function errorsPage(): string {
  const lines = Object.entries(CODES).map(
    ([code, { status, title, hint }]) =>
      `<tr><td><a href="/docs/errors/${code}"><code>${code}</code></a></td><td>${status} ${escaped(title)}</td><td>${escaped(hint)}</td></tr>`,
  )
  return htmlPage(
    'Errors',
    `<nav><a class="brand" href="/docs">Mission Control</a><p><a href="/docs">API reference</a></p></nav>
<main><h1>Errors</h1><p>Every no is <code>application/problem+json</code>. Branch on <code>code</code>; it never changes its meaning.</p>
<table><tr><th>Code</th><th>Status</th><th>What to do</th></tr>${lines.join('')}</table></main>`,
  )
}

function codeOf(word: string): Code | null {
  return Object.hasOwn(CODES, word) ? (word as Code) : null
}

function repeatOf(retryable: boolean): string {
  return retryable ? 'The same request can succeed later.' : 'The same request will not succeed.'
}
