import { PROXY_FAULTS, type TcpProxy } from '@mission-control/testing'
import { Client } from 'pg'
import type { PostgresServer } from '../../../test-support/postgres-server.ts'
import type { Random } from '../sim/random.ts'
import type { Fleet } from './fleet.ts'

export interface Doses {
  readonly hostKills: number
  readonly serverKills: number
  readonly terminations: number
  readonly proxyFaults: number
}

export interface TroubleOptions extends Doses {
  readonly fleet: Fleet
  readonly server: PostgresServer
  readonly proxy: TcpProxy
  readonly random: Random
  /** Mean time from one to the next. */
  readonly everyMs: number
}

/** Makes all of it happen, mixed and at random times, and is done when the last has passed. */
export async function trouble(options: TroubleOptions): Promise<void> {
  const { random, everyMs } = options
  const left = { ...pick(options) }
  let passing: Promise<void> = Promise.resolve()
  for (;;) {
    const kinds = (Object.keys(left) as (keyof Doses)[]).filter((kind) => left[kind] > 0)
    const kind = random.weighted(kinds, (one) => left[one])
    if (kind === undefined) break
    left[kind]--
    await new Promise((resolve) => setTimeout(resolve, everyMs * (0.5 + random.next())))
    // A fault of the network may go on while the next harm is done; two of the network may not.
    if (kind === 'proxyFaults') {
      await passing
      passing = disturb(options)
    } else if (kind === 'hostKills') await options.fleet.killOne()
    else if (kind === 'terminations') await terminateAll(options.server)
    else await crash(options.server)
  }
  await passing
}

function pick({ hostKills, serverKills, terminations, proxyFaults }: Doses): Doses {
  return { hostKills, serverKills, terminations, proxyFaults }
}

async function disturb({ proxy, random }: TroubleOptions): Promise<void> {
  const kind = PROXY_FAULTS[random.below(PROXY_FAULTS.length)] ?? 'cut'
  await proxy.fault(kind, 500 + random.below(2_500))
}

async function crash(server: PostgresServer): Promise<void> {
  await server.kill()
  await server.restart()
}

async function terminateAll({ url }: PostgresServer): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
    await client.end()
  } catch {
    // The server is going down at this very moment, which ends all of them as well.
  }
}
