import { readFile } from 'node:fs/promises'
import { microsFromUsd } from '@mission-control/core'

/** What one real agent run used, as it was measured. */
export interface RecordedRun {
  readonly task: string
  readonly model: string
  readonly durationMs: number
  readonly costMicros: number
  readonly tokens: {
    readonly input: number
    readonly output: number
    readonly cacheRead: number
    readonly cacheWrite: number
  }
}

const COLUMNS = [
  'task',
  'model',
  'durationMs',
  'costUsd',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
]

/** Reads the figures. The costs are decimal text and become micro-USD digit by digit; no float is involved. */
export async function readRecordedRuns(): Promise<RecordedRun[]> {
  const text = await readFile(new URL('../data/agent-runs.csv', import.meta.url), 'utf8')
  const [head = '', ...lines] = text.trim().split('\n')
  const index = new Map(
    head
      .trim()
      .split(',')
      .map((name, position) => [name, position]),
  )
  const missing = COLUMNS.filter((name) => !index.has(name))
  if (missing.length > 0) throw new Error(`agent-runs.csv lacks the columns ${missing.join(', ')}`)
  return lines.map((line, row) => {
    const cells = line.trim().split(',')
    const cell = (name: string) => cells[index.get(name) ?? -1] ?? ''
    const whole = (name: string) => {
      const value = Number(cell(name))
      if (!Number.isSafeInteger(value) || value < 0)
        throw new Error(`agent-runs.csv, row ${row + 2}: ${name} is no count`)
      return value
    }
    const costMicros = microsFromUsd(cell('costUsd'))
    if (costMicros === null) throw new Error(`agent-runs.csv, row ${row + 2}: costUsd is no amount`)
    return {
      task: cell('task'),
      model: cell('model'),
      durationMs: whole('durationMs'),
      costMicros,
      tokens: {
        input: whole('inputTokens'),
        output: whole('outputTokens'),
        cacheRead: whole('cacheReadTokens'),
        cacheWrite: whole('cacheWriteTokens'),
      },
    }
  })
}
