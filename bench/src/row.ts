/** The parts of the measurements, one of which `--group` picks. */
export const GROUPS = ['core', 'postgres', 'http'] as const
export type GroupName = (typeof GROUPS)[number]

/** One figure as it is printed: the medians over all rounds. */
export interface Row {
  readonly name: string
  readonly group: GroupName
  readonly opsPerSecond: number | null
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** CPU time of one operation: of the program that asks, and of the database server where it can be read. */
  readonly cpuMicros: number | null
  /** Operations per second over those of `against`, in the same round; the median over all rounds. */
  readonly ratio: number | null
  readonly against: string | null
  /** Reads like `>=1.5`; null where a figure is only watched. */
  readonly goal: string | null
  readonly met: boolean | null
  /** Only on a row that could not run: why. */
  readonly skipped?: string
}

/** What one window of one round gave. */
export interface Sample {
  readonly opsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicros: number | null
  /** CPU time of one operation in the database server alone, where it is asked for. */
  readonly serverMicros?: number | null
}

/** Something that is measured, once in every round. */
export interface Scenario {
  readonly name: string
  /** Lays out what a window of that length uses up. Not measured. */
  prepare?(seconds: number): Promise<void>
  run(seconds: number): Promise<Sample>
  /** The peer or limit this one is set against: the name of another scenario. */
  readonly against?: string
  /** The least ratio that is good enough. */
  readonly ratioMin?: number
  /** The most CPU time of the server, as a share of what the other takes: makes a row of its own. */
  readonly serverShareMax?: number
  /** The longest that all but one in a hundred operations may take, where there is nothing to compare with. */
  readonly p99MsMax?: number
}

/** A scenario that cannot run on this machine. */
export interface Unavailable {
  readonly name: string
  readonly skipped: string
}

/** A part that is ready to be measured. */
export interface Group {
  readonly scenarios: readonly Scenario[]
  readonly unavailable: readonly Unavailable[]
  close(): Promise<void>
}
