import { parseArgs } from 'node:util'
import { GROUPS, type GroupName } from './row.ts'

export interface Arguments {
  readonly groups: readonly GroupName[]
  readonly rounds: number
  readonly seconds: number
  readonly json: boolean
}

const ROUNDS_DEFAULT = 3
const ROUNDS_MAX = 100
const SECONDS_DEFAULT = 3
const SECONDS_MAX = 60

export const USAGE = `npm run bench -- [--group ${GROUPS.join('|')}] [--rounds N] [--seconds S] [--json]`

/** Reads the command line; throws an error that says what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      group: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const group = GROUPS.find((name) => name === values.group)
  if (values.group !== undefined && group === undefined) throw new Error(`There is no group ${values.group}.`)
  const rounds = numberIn('--rounds', values.rounds ?? `${ROUNDS_DEFAULT}`, 1, ROUNDS_MAX)
  if (!Number.isInteger(rounds)) throw new Error('--rounds takes a whole number.')
  const seconds = numberIn('--seconds', values.seconds ?? `${SECONDS_DEFAULT}`, 0.1, SECONDS_MAX)
  return { groups: group === undefined ? GROUPS : [group], rounds, seconds, json: values.json }
}

function numberIn(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new Error(`${name} takes a number from ${min} to ${max}.`)
  return value
}
