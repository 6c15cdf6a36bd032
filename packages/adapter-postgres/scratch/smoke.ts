import { PGlite } from '@electric-sql/pglite'
import { Pool } from 'pg'
import { createPostgresStorage, fromPglite, fromPool, migrate } from '../src/index.ts'
import { taskOf, agentOf, base } from './fixtures.ts'
const which = process.argv[2]
let t0 = performance.now()
const client = which === 'pglite' ? fromPglite(new PGlite()) : fromPool(new Pool({ connectionString: 'postgres://bench@127.0.0.1:54429/postgres' }))
if (which !== 'pglite') await client.query('drop schema if exists mission_control cascade')
console.log(await migrate(client), performance.now() - t0); t0 = performance.now()
console.log(await migrate(client), performance.now() - t0)
const s = createPostgresStorage({ client })
const e = (n: number) => ({ id: 'evt_' + n, projectId: 'p', kind: 'TASK_CREATED' as const, subject: 'task/x', time: 1, actor: { kind: 'SYSTEM' as const, id: 'system', role: 'SYSTEM', name: 'x', agentId: null }, taskId: 't1', agentId: null, runId: null, summary: 's', reason: null, data: { b: 1, a: [1.5, null, 'ü😀'] }, policyVersion: null, costMicros: null, traceparent: null })
console.log(await s.commit({ projectId: 'p', checks: [{ kind: 'task', id: 't1', version: null }], puts: [{ kind: 'task', record: taskOf('t1') }], adds: [{ account: 'p/AGENT/a/USD/LIFETIME/', reserved: 5, settled: 0, limit: 10 }], events: [e(1), e(2)], receipt: { key: { projectId: 'p', principalId: 'x', command: 'c', key: 'k' }, receipt: { requestHash: 'h', response: 'text', expiresAt: Date.now() + 10000 } } }))
console.log(await s.commit({ projectId: 'p', checks: [{ kind: 'task', id: 't1', version: 2 }], puts: [], adds: [{ account: 'p/AGENT/a/USD/LIFETIME/', reserved: 6, settled: 0, limit: 10 }], events: [], receipt: null }))
console.log(JSON.stringify(await s.load({ records: [{ kind: 'task', id: 't1' }, { kind: 'agent', id: 'q' }], lookups: [{ lookup: 'tasksByStatus', values: ['p', 'INBOX'], limit: 5 }, { lookup: 'tasksByHolder', values: [null], limit: 5 }, { lookup: 'unackedNotifications', values: ['x', null], limit: 5 }], accounts: ['p/AGENT/a/USD/LIFETIME/', 'p/AGENT/b/USD/LIFETIME/'], receipt: { projectId: 'p', principalId: 'x', command: 'c', key: 'k' } })))
console.log(JSON.stringify(await s.readEvents({ after: null, limit: 10 })))
console.log(await s.commit({ projectId: 'p', checks: [{ kind: 'task', id: 't1', version: 1 }], puts: [{ kind: 'task', record: { ...taskOf('t1'), version: 2, title: 'n' } }], adds: [], events: [e(3)], receipt: null }))
console.log(await s.commit({ projectId: 'p', checks: [{ kind: 'task', id: 't1', version: 1 }], puts: [{ kind: 'task', record: { ...taskOf('t1'), version: 2, title: 'n' } }], adds: [], events: [e(3)], receipt: null }))
console.log(await s.commit({ projectId: 'p', checks: [{ kind: 'task', id: 't1', version: 1 }], puts: [{ kind: 'task', record: { ...taskOf('t1'), version: 2, title: 'n' } }], adds: [], events: [e(4)], receipt: null }))
console.log(await s.commit({ projectId: 'p', checks: [{ kind: 'task', id: 't1', version: 2 }], puts: [{ kind: 'task', record: { ...taskOf('t1'), version: 3, status: 'DONE' } }], adds: [], events: [e(4)], receipt: null }).catch((x) => x.message))
console.log(await s.queries.now(), await s.queries.counts({ kind: 'task', groupBy: 'status' }), (await s.queries.page({ kind: 'task', projectId: 'p', limit: 1, filters: [{ field: 'claim.leaseUntil', op: 'lte', value: 5 }], order: [{ field: 'dueAt', direction: 'asc' }] })).rows.length)
console.log(await s.queries.balances({ projectId: 'p', limit: 5 }), await s.queries.spend({ projectId: 'p', fromAt: 0, toAt: 5, groupBy: null }), (await s.queries.timeline({ projectId: 'p', limit: 1, newestFirst: true })).next)
await s.close()
await s.load({}).catch((x) => console.log(x.code, x.message))
