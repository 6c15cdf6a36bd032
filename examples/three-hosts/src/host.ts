// One host: HTTP in front, Postgres behind, nothing of its own. Any number of them may run side by side.
import { createPostgresStorage, fromPool } from '@mission-control/adapter-postgres'
import { createMissionControl } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { Pool } from 'pg'

const JOBS_EVERY_MS = 1_000

const [, , databaseUrl = ''] = process.argv
const pool = new Pool({ connectionString: databaseUrl, max: 5 })
const mc = createMissionControl({ storage: createPostgresStorage({ client: fromPool(pool) }) })
const { url } = await serve(createHttpHandler({ missionControl: mc }), { port: 0 })

// What falls due is done by whichever host comes first.
setInterval(() => void mc.jobs.runDue().catch(() => undefined), JOBS_EVERY_MS)
void mc.record.keepSealed(new AbortController().signal)

// Without the program that started it, nobody would end it.
process.on('disconnect', () => process.exit(0))
process.send?.(url)
