import { createMissionControl, type StoreVerified } from '@mission-control/core'
import type { CliCommand } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { toJsonLines } from '../json-lines.ts'
import { openStore, storeOptions } from '../open-store.ts'
import { showProgress } from '../show-progress.ts'
import { jsonOption } from './options.ts'

const SHOWN_MAX = 20

/** Checks everything a store holds against the invariants, at one moment. */
export const verify: CliCommand = {
  path: ['verify'],
  summary: 'Checks a store against every invariant that can be read from it and names the first violation.',
  options: [...storeOptions, jsonOption],
  async run(given, terminal) {
    const storage = await openStore(given)
    const mc = createMissionControl({ storage })
    try {
      const verified = await mc.keeping.verify({ onRows: showProgress(terminal, 'verify') })
      terminal.write(given.flags.json === true ? toJsonLines([verified]) : textOf(verified))
      return verified.isSound ? EXIT.ok : EXIT.found
    } finally {
      await mc.close()
    }
  },
}

function textOf({ violations, violationCount, invariants, counts, stateHash }: StoreVerified): string {
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const shown = violations
    .slice(0, SHOWN_MAX)
    .map(({ invariant, subject, problem }) => `${invariant}  ${subject}: ${problem}`)
  const more = violationCount - shown.length
  return [
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    `${rows} rows, ${invariants.length} invariants, violations=${violationCount}`,
    `state hash ${stateHash}`,
    '',
  ].join('\n')
}
