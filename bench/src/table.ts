import type { Row } from './row.ts'

const HEAD = ['', 'ops/s', 'p50 ms', 'p99 ms', 'CPU µs/op', 'ratio', 'against', 'goal', 'met']

/** The rows for people: names to the left, figures to the right. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.filter(({ skipped }) => skipped === undefined).map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const measured = lines.map((cells) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0
      return column === 0 || column === 6 ? cell.padEnd(width) : cell.padStart(width)
    })
    return padded.join('  ').trimEnd()
  })
  const skipped = rows.flatMap(({ name, skipped }) => (skipped === undefined ? [] : [`skipped: ${name}: ${skipped}`]))
  return [...measured, ...skipped].join('\n')
}

function cellsOf({ name, opsPerSecond, p50Ms, p99Ms, cpuMicros, ratio, against, goal, met }: Row): string[] {
  const figures = [opsPerSecond, p50Ms, p99Ms, cpuMicros, ratio].map((figure) => (figure === null ? '-' : `${figure}`))
  return [name, ...figures, against ?? '-', goal ?? '-', met === null ? '-' : met ? 'yes' : 'no']
}
