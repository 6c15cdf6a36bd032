/** A Markdown table. Cells may not contain a bar or a line break, which would end them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  for (const cell of rows.flat()) {
    if (/[|\n]/.test(cell)) throw new Error(`A table cell cannot hold ${JSON.stringify(cell)}.`)
  }
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A document from its paragraphs, with a word to those who would edit it by hand. */
export function page(title: string, source: string, ...parts: readonly string[]): string {
  const notice = `<!-- Made from ${source} by \`npm run docs:generate\`. Edit that, not this. -->`
  return `${[`# ${title}`, notice, ...parts].join('\n\n')}\n`
}

/** Several names, each set as code. */
export function codes(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ')
}
