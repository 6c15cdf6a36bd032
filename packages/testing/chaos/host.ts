// One host in a process of its own, with a clock that is wrong. It is killed without warning.
import { createPostgresStorage, fromPool } from '@mission-control/adapter-postgres'
import { createMissionControl, isMissionControlError, type MissionControlClient } from '@mission-control/core'
import { Pool } from 'pg'
import { type Answer, type Ask, READY } from './messages.ts'

const JOBS_EVERY_MS = 1_000

const [, , url = '', projectId = '', skew = '0'] = process.argv
const trueNow = Date.now
Date.now = () => trueNow() + Number(skew)

const pool = new Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 4_000, query_timeout: 6_000 })
const mc = createMissionControl({ storage: createPostgresStorage({ client: fromPool(pool) }) })
const clients = new Map<string, MissionControlClient>()

async function clientOf(principalId: string): Promise<MissionControlClient> {
  const known = clients.get(principalId)
  if (known !== undefined) return known
  const client = (await mc.as(principalId)).inProject(projectId)
  clients.set(principalId, client)
  return client
}

async function answer({ id, principalId, operation, input, key }: Ask): Promise<Answer> {
  try {
    const [noun = '', verb = ''] = operation.split('.')
    const client = await clientOf(principalId)
    const group = client[noun as keyof MissionControlClient] as unknown as Record<
      string,
      (input: object, context: { idempotencyKey: string }) => Promise<NonNullable<Answer['outcome']>>
    >
    const method = group[verb]
    if (method === undefined) throw new Error(`there is no ${operation}`)
    return { id, outcome: await method(input, { idempotencyKey: key }) }
  } catch (error) {
    const code = isMissionControlError(error) ? error.code : 'INTERNAL'
    return { id, fault: { code, message: `${String(error)} ${String((error as Error).cause ?? '')}` } }
  }
}

process.on('message', (ask: Ask) => {
  void answer(ask).then((said) => process.connected && process.send?.(said))
})
process.on('disconnect', () => process.exit(0))

async function keepJobs(): Promise<void> {
  for (;;) {
    await mc.jobs.runDue().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, JOBS_EVERY_MS))
  }
}
void keepJobs()
void mc.record.keepSealed(new AbortController().signal)
process.send?.(READY)
