import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads CPU time used so far, in µs; null where it cannot be read. */
export type Cpu = () => number | null

/** Linux counts CPU time of programs in hundredths of a second, whatever the machine. */
const MICROS_PER_TICK = 10_000

/** CPU time of this program. */
export function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** CPU time of a whole Postgres server: its first program, those it has now and those that have ended. Linux only. */
export function serverCpu(dataDirectory: string): Cpu {
  return () => {
    try {
      const [first] = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
      const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ')
      const ticks = children.filter((pid) => pid !== '').map((pid) => ticksOf(pid).own)
      const { own, ended } = ticksOf(String(first))
      return (own + ended + ticks.reduce((sum, each) => sum + each, 0)) * MICROS_PER_TICK
    } catch {
      return null
    }
  }
}

/** Ticks a program used itself, and those of its children that it has seen end. */
function ticksOf(pid: string): { own: number; ended: number } {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    // A backend may end between the list and the look at it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { own: 0, ended: 0 }
    throw error
  }
  // The name stands in brackets and may hold spaces; the numbers begin behind the last bracket.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
  return { own: user + system, ended: endedUser + endedSystem }
}

/** Both together; null when one of them cannot be read. */
export function sumOf(...parts: readonly Cpu[]): Cpu {
  return () => {
    let sum = 0
    for (const part of parts) {
      const micros = part()
      if (micros === null) return null
      sum += micros
    }
    return sum
  }
}
