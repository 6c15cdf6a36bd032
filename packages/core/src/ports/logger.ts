/** Where the engine reports what no caller can see: retries, faults in listeners, jobs that failed. */
export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Says nothing. The default, because a library does not write to a terminal unasked. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} }
