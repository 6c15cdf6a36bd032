import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { openCoreGroup } from './core-group.ts'
import { openHttpGroup } from './http-group.ts'
import { openPostgresGroup } from './postgres-group.ts'
import { measureRounds } from './rounds.ts'
import type { Group, GroupName, Row } from './row.ts'
import { measureUnderNodeOfPeers } from './same-node.ts'
import { tableOf } from './table.ts'

/** Goes to the other stream, so that the output holds nothing but figures. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

const OPEN: Readonly<Record<GroupName, () => Promise<Group>>> = {
  core: () => openCoreGroup(progress),
  postgres: () => openPostgresGroup(progress),
  http: openHttpGroup,
}

async function measureGroup(name: GroupName, { rounds, seconds }: Arguments): Promise<Row[]> {
  progress(`${name}: getting ready`)
  const group = await OPEN[name]()
  try {
    return await measureRounds(group, {
      group: name,
      rounds,
      seconds,
      progress: (line) => progress(`${name}: ${line}`),
    })
  } finally {
    await group.close()
  }
}

let given: Arguments
try {
  given = readArguments(process.argv.slice(2))
} catch (error) {
  progress(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  process.exit(2)
}
for (const name of given.groups) {
  const code = name === 'postgres' ? measureUnderNodeOfPeers(given, progress) : null
  if (code !== null) {
    if (code !== 0) process.exit(code)
    continue
  }
  const rows = await measureGroup(name, given)
  process.stdout.write(
    given.json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : `\n${name}\n${tableOf(rows)}\n`,
  )
}
