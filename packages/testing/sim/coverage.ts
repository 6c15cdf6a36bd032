/** What was reached: moves of tasks, and answers of operations. */
export class Coverage {
  readonly edges = new Map<string, number>()
  /** How often each code was answered. */
  readonly codes = new Map<string, number>()
  /** How often each operation ended in each way. */
  readonly answers = new Map<string, number>()

  moved(from: string, to: string): void {
    count(this.edges, `${from} > ${to}`)
  }

  answered(operation: string, code: string): void {
    count(this.codes, code)
    count(this.answers, `${operation} ${code}`)
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Coverage as it travels between processes. */
export interface Reached {
  readonly edges: Readonly<Record<string, number>>
  readonly codes: Readonly<Record<string, number>>
  readonly answers: Readonly<Record<string, number>>
}

export const NOTHING_REACHED: Reached = { edges: {}, codes: {}, answers: {} }

export function reached(coverage: Coverage): Reached {
  const { edges, codes, answers } = coverage
  return {
    edges: Object.fromEntries(edges),
    codes: Object.fromEntries(codes),
    answers: Object.fromEntries(answers),
  }
}

export function together(one: Reached, other: Reached): Reached {
  return {
    edges: summed(one.edges, other.edges),
    codes: summed(one.codes, other.codes),
    answers: summed(one.answers, other.answers),
  }
}

function summed(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>) {
  const sum: Record<string, number> = { ...one }
  for (const [key, times] of Object.entries(other)) sum[key] = (sum[key] ?? 0) + times
  return sum
}
