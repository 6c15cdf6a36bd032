import type { Group, GroupName, Row, Sample, Scenario } from './row.ts'
import { median } from './statistics.ts'

interface Plan {
  readonly group: GroupName
  readonly rounds: number
  readonly seconds: number
  /** Hears what is being measured. */
  readonly progress: (line: string) => void
}

/** What a scenario gave, round by round, or why it could not go on. */
interface Measured {
  readonly scenario: Scenario
  readonly samples: Sample[]
  failure: string | null
}

/**
 * Measures every scenario once per round, one after the other, so that what slows the machine down for a while meets
 * all of them alike. One round before the first does not count. A scenario that fails is left out from then on.
 */
export async function measureRounds({ scenarios, unavailable }: Group, plan: Plan): Promise<Row[]> {
  const all: Measured[] = scenarios.map((scenario) => ({ scenario, samples: [], failure: null }))
  for (let round = 0; round <= plan.rounds; round++) {
    for (const measured of all.filter(({ failure }) => failure === null)) {
      plan.progress(`${round === 0 ? 'warming up' : `round ${round}/${plan.rounds}`}: ${measured.scenario.name}`)
      try {
        await measured.scenario.prepare?.(plan.seconds)
        const sample = await measured.scenario.run(plan.seconds)
        // A server plans a statement anew the first few times on every connection; that is not what is asked here.
        if (round > 0) measured.samples.push(sample)
      } catch (error) {
        measured.failure = error instanceof Error ? error.message : String(error)
      }
    }
  }
  const empty = { opsPerSecond: null, p50Ms: null, p99Ms: null, cpuMicros: null, ratio: null, goal: null, met: null }
  return [
    ...all.flatMap((measured) => [rowOf(plan.group, measured, all), ...serverRows(plan.group, measured, all)]),
    ...unavailable.map(({ name, skipped }) => ({ name, group: plan.group, ...empty, against: null, skipped })),
  ]
}

function rowOf(group: GroupName, { scenario, samples, failure }: Measured, all: readonly Measured[]): Row {
  const { name, against = null, ratioMin, p99MsMax } = scenario
  const goal = goalOf(scenario)
  if (failure !== null) {
    const nothing = { opsPerSecond: null, p50Ms: null, p99Ms: null, cpuMicros: null, ratio: null, met: null }
    return { name, group, ...nothing, against, goal, skipped: failure }
  }
  const other = all.find((measured) => measured.scenario.name === against)
  const ratio = other === undefined || other.failure !== null ? null : ratioOver(samples, other.samples)
  const cpu = samples.map(({ cpuMicros }) => cpuMicros).filter((micros) => micros !== null)
  return {
    name,
    group,
    opsPerSecond: rounded(median(samples.map(({ opsPerSecond }) => opsPerSecond))),
    p50Ms: rounded(median(samples.map(({ p50Ms }) => p50Ms))),
    p99Ms: rounded(median(samples.map(({ p99Ms }) => p99Ms))),
    cpuMicros: cpu.length === 0 ? null : rounded(median(cpu)),
    ratio: ratio === null ? null : rounded(ratio),
    against,
    goal,
    met:
      p99MsMax !== undefined
        ? median(samples.map(({ p99Ms }) => p99Ms)) <= p99MsMax
        : ratio === null || ratioMin === undefined
          ? null
          : ratio >= ratioMin,
  }
}

/** What an operation costs in the database server, as a share of what the peer's operation costs there. */
function serverRows(group: GroupName, { scenario, samples }: Measured, all: readonly Measured[]): Row[] {
  const { name, against = null, serverShareMax } = scenario
  const micros = serverMicrosOf(samples)
  if (serverShareMax === undefined || micros === null) return []
  const others = serverMicrosOf(all.find((measured) => measured.scenario.name === against)?.samples ?? [])
  const ratio = others === null ? null : micros / others
  return [
    {
      ...{ name: `${name}: CPU of the server`, group, opsPerSecond: null, p50Ms: null, p99Ms: null },
      cpuMicros: rounded(micros),
      ratio: ratio === null ? null : rounded(ratio),
      against,
      goal: `<=${serverShareMax}`,
      met: ratio === null ? null : ratio <= serverShareMax,
    },
  ]
}

function serverMicrosOf(samples: readonly Sample[]): number | null {
  const micros = samples.flatMap(({ serverMicros }) => serverMicros ?? [])
  return micros.length === 0 ? null : median(micros)
}

function goalOf({ ratioMin, p99MsMax }: Scenario): string | null {
  if (p99MsMax !== undefined) return `p99<=${p99MsMax}ms`
  return ratioMin === undefined ? null : `>=${ratioMin}`
}

/** The median of the ratios inside each round; what came before or after a round stays out of it. */
function ratioOver(ours: readonly Sample[], theirs: readonly Sample[]): number {
  return median(ours.map(({ opsPerSecond }, round) => opsPerSecond / (theirs[round]?.opsPerSecond ?? Number.NaN)))
}

/** Three digits that count; more would claim a precision no shared machine has. */
function rounded(value: number): number {
  return value >= 1000 ? Math.round(value) : Number(value.toPrecision(3))
}
