import { parseArgs } from 'node:util'
import type { Doses } from './trouble.ts'

export const USAGE = `Usage: npm run chaos -- [--host-kills N] [--server-kills N] [--terminations N] [--proxy-faults N]
                        [--hosts N] [--agents N] [--every-ms N] [--seed N]

  Runs host processes with agents on one real Postgres, breaks everything at random, and looks afterwards whether
  anything was lost or done twice. The last line has the counts; the exit code says whether there was a violation.`

export interface ChaosOptions extends Doses {
  readonly hosts: number
  readonly agents: number
  readonly everyMs: number
  readonly seed: number
}

const DEFAULTS = {
  'host-kills': '20',
  'server-kills': '5',
  terminations: '20',
  'proxy-faults': '50',
  hosts: '4',
  agents: '64',
  'every-ms': '3000',
  seed: '1',
}

/** Reads the command line; a sentence when it cannot be read. */
export function readOptions(words: readonly string[]): ChaosOptions | string {
  try {
    const names = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]
    const options = Object.fromEntries(
      names.map((name) => [name, { type: 'string' as const, default: DEFAULTS[name] }]),
    )
    const { values } = parseArgs({ args: [...words], options })
    const number = (name: keyof typeof DEFAULTS) => {
      const value = Number(values[name])
      if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} ${values[name]} is no whole number`)
      return value
    }
    return {
      hostKills: number('host-kills'),
      serverKills: number('server-kills'),
      terminations: number('terminations'),
      proxyFaults: number('proxy-faults'),
      hosts: Math.max(1, number('hosts')),
      agents: number('agents'),
      everyMs: number('every-ms'),
      seed: number('seed'),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
