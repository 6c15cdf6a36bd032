import { invariant, type RecordOf, type SpendRequest, type SpendRow } from '@mission-control/core/storage'
import type { MemoryState } from './memory-state.ts'
import { compareText } from './ordering.ts'

const HOUR_MS = 3_600_000

type UsageLine = RecordOf<'usageLine'>

/** Sums usage lines by time of use, from `fromAt` to just before `toAt`. */
export function spendRows(state: MemoryState, request: SpendRequest): SpendRow[] {
  const rows = new Map<string, SpendRow>()
  for (const record of state.tables.usageLine.all()) {
    const line = record as UsageLine
    if (line.projectId !== request.projectId || line.at < request.fromAt || line.at >= request.toAt) continue
    const key = keyOf(line, request.groupBy)
    const sum = rows.get(key) ?? { key, billedMicros: 0, imputedMicros: 0, tokens: 0, lines: 0 }
    rows.set(key, {
      key,
      billedMicros: exact(sum.billedMicros + (line.billedMicros ?? 0)),
      imputedMicros: exact(sum.imputedMicros + (line.imputedMicros ?? 0)),
      tokens: exact(sum.tokens + totalTokens(line.tokens)),
      lines: sum.lines + 1,
    })
  }
  return [...rows.values()].sort((one, other) => compareText(one.key, other.key))
}

function keyOf(line: UsageLine, groupBy: SpendRequest['groupBy']): string {
  if (groupBy === null) return ''
  if (groupBy === 'hour') return String(Math.floor(line.at / HOUR_MS) * HOUR_MS)
  return line[groupBy] ?? ''
}

function totalTokens({ input, output, cacheRead, cacheWrite, reasoning }: UsageLine['tokens']): number {
  return input + output + cacheRead + cacheWrite + reasoning
}

function exact(sum: number): number {
  invariant(Number.isSafeInteger(sum), 'a sum of amounts is an exact number')
  return sum
}
