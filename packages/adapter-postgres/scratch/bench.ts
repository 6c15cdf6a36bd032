import { Pool } from 'pg'
import { createPostgresStorage, fromPool, migrate } from '../src/index.ts'
import { agentOf, base, taskOf } from './fixtures.ts'
import fs from 'node:fs'
const PGDATA = '/tmp/mcpg/data'
function pgCpu() { const pm = +fs.readFileSync(PGDATA + '/postmaster.pid', 'utf8').split('\n')[0]!; const st = (p: number | string) => { const s = fs.readFileSync(`/proc/${p}/stat`, 'utf8'); return s.slice(s.lastIndexOf(')') + 2).split(' ').map(Number) }; const a = st(pm); let t = a[11]! + a[12]! + a[13]! + a[14]!; for (const c of fs.readFileSync(`/proc/${pm}/task/${pm}/children`, 'utf8').trim().split(' ').filter(Boolean)) try { const b = st(c); t += b[11]! + b[12]! } catch {} return t / 100 }
const secs = Number(process.env.SECS ?? 2)
const poolMax = Number(process.env.POOL ?? 16)
const pool = new Pool({ connectionString: 'postgres://bench@127.0.0.1:54429/postgres', max: poolMax, ...(process.env.PGOPT ? { options: process.env.PGOPT } : {}) })
const client = fromPool(pool as any, { prepare: process.env.PREPARE !== 'off' })
await pool.query('drop schema if exists mission_control cascade')
await migrate(client)
if (process.env.HOOK) await pool.query(process.env.HOOK)
const s = createPostgresStorage({ client })
const now = Date.now()
const sys = { ...base('system', null), operatorMode: 'NORMAL', bootstrappedAt: 1 }
const proj = { ...base('p', null), name: 'p', slug: 'p', description: null, timeZone: 'UTC', status: 'ACTIVE', operatorMode: 'NORMAL', metadata: null }
const AG = 64
const put = async (projectId: string | null, rows: [string, any][]) => {
  const r = await s.commit({ projectId, checks: rows.map(([kind, x]) => ({ kind, id: x.id, version: null })) as any, puts: rows.map(([kind, record]) => ({ kind, record })) as any, adds: [], events: [], receipt: null })
  if (r.status !== 'applied') throw new Error(JSON.stringify(r))
}
await put(null, [['system', sys], ['project', proj]])
for (let i = 0; i < AG; i++) await put('p', [['agent', agentOf('agt_' + i)], ['principal', { ...base('prn_agt_' + i, null), kind: 'AGENT', displayName: 'x', role: 'SPECIALIST', projectIds: ['p'], agentId: 'agt_' + i, status: 'ACTIVE', totpEnrolled: false }], ['workload', { ...base('agt_' + i), activeTaskIds: [], openRuns: [], recentRuns: [] }]])
const N = 40000
await put('p', [['task', taskOf('tsk_template')]])
await pool.query(`insert into mission_control.tasks select (jsonb_populate_record(t, jsonb_build_object('id', 'tsk_' || lpad(g::text, 8, '0')))).* from mission_control.tasks t, generate_series(1, ${N}) g where t.id = 'tsk_template'`)
await pool.query('vacuum analyze mission_control.tasks, mission_control.agents, mission_control.principals'); await pool.query('checkpoint')
let nextTask = 1, ev = 0
const workloads = new Map<string, number>()
const settings = (a: string) => [{ kind: 'system', id: 'system', version: 1 }, { kind: 'project', id: 'p', version: 1 }, { kind: 'principal', id: 'prn_' + a, version: 1 }, { kind: 'agent', id: a, version: 1 }]
const event = (t: string, a: string) => ({ id: 'evt_' + String(ev++).padStart(12, '0'), projectId: 'p', kind: 'CLAIM_GRANTED', subject: 'task/' + t, time: now, actor: { kind: 'AGENT', id: 'prn_' + a, role: 'SPECIALIST', name: a, agentId: a }, taskId: t, agentId: a, runId: null, summary: 'claimed a task', reason: null, data: { epoch: 1 }, policyVersion: 'default@1', costMicros: null, traceparent: null })
type C = any
const scenarios: Record<string, (w: number) => C> = {
  // one update, settings, one event: the lean statement
  lean: (w) => { const t = 'tsk_' + String(nextTask++).padStart(8, '0'), a = 'agt_' + w; return { projectId: 'p', checks: [...settings(a), { kind: 'task', id: t, version: 1 }], puts: [{ kind: 'task', record: taskOf(t, { version: 2, epoch: 1, claim: { agentId: a, leaseUntil: now, epoch: 1 }, assigneeIds: [a] }) }], adds: [], events: [event(t, a)], receipt: null } },
  // what the core writes for a claim: task, workload, transition, two events
  claim: (w) => { const t = 'tsk_' + String(nextTask++).padStart(8, '0'), a = 'agt_' + w, v = workloads.get(a) ?? 1; workloads.set(a, v + 1); return { projectId: 'p', checks: [...settings(a), { kind: 'task', id: t, version: 1 }, { kind: 'workload', id: a, version: v }], puts: [{ kind: 'task', record: taskOf(t, { version: 2, status: 'ASSIGNED', epoch: 1, claim: { agentId: a, leaseUntil: now, epoch: 1 }, assigneeIds: [a], transitionCount: 1 }) }, { kind: 'workload', record: { ...base(a), version: v + 1, activeTaskIds: [t], openRuns: [], recentRuns: [] } }, { kind: 'transition', record: { ...base('trn_' + t), taskId: t, seq: 1, from: 'INBOX', to: 'ASSIGNED', actor: event(t, a).actor, reason: null, artifacts: { workPlan: null, deliverable: null, checklist: null }, policyVersion: null, approvalId: null } }], adds: [], events: [event(t, a), event(t, a)], receipt: null } },
  claimReceipt: (w) => ({ ...scenarios.claim!(w), receipt: { key: { projectId: 'p', principalId: 'x', command: 'c', key: 'k' + ev }, receipt: { requestHash: 'h'.repeat(64), response: { ok: true, data: { id: 'x' } }, expiresAt: now + 86400000 } } }),
  hot: (w) => ({ projectId: 'p', checks: settings('agt_' + w), puts: [], adds: [{ account: 'p/PROJECT/p/USD/DAY/2026-01-01', reserved: 1, settled: 0, limit: 1e12 }, { account: `p/AGENT/agt_${w}/USD/DAY/2026-01-01`, reserved: 1, settled: 0, limit: 1e12 }], events: [event('t', 'agt_' + w)], receipt: null }),
  event: (w) => ({ projectId: 'p', checks: settings('agt_' + w), puts: [], adds: [], events: [event('t', 'agt_' + w)], receipt: null }),
}
for (const name of (process.env.ONLY ?? Object.keys(scenarios).join(',')).split(',')) for (const callers of (process.env.CALLERS ?? '1,8,32').split(',').map(Number)) {
  let n = 0, on = false, stop = false, bad = 0
  const lat: number[] = []
  const one = async (w: number) => { while (!stop) { const c = scenarios[name]!(w); const t = performance.now(); const r = await s.commit(c); if (on) { lat.push(performance.now() - t); n++ } if (r.status !== 'applied') bad++ } }
  const all = Array.from({ length: callers }, (_, w) => one(w))
  await new Promise((r) => setTimeout(r, 500)); on = true; const cpu = process.cpuUsage(); const t0 = performance.now(), pc = pgCpu()
  await new Promise((r) => setTimeout(r, secs * 1000)); on = false; const dt = (performance.now() - t0) / 1000; const u = process.cpuUsage(cpu); const pgus = (pgCpu() - pc) * 1e6 / n; stop = true; await Promise.all(all)
  lat.sort((a, b) => a - b)
  console.log(name.padEnd(14), String(callers).padStart(3), Math.round(n / dt) + '/s', 'p05', lat[Math.floor(n * 0.05)]?.toFixed(3), 'p25', lat[n >> 2]?.toFixed(3), 'p50', lat[n >> 1]?.toFixed(2), 'p99', lat[Math.floor(n * 0.99)]?.toFixed(2), 'node us/op', ((u.user + u.system) / n).toFixed(0), 'pg us/op', pgus.toFixed(0), bad ? 'BAD ' + bad : '')
}
await s.close()
