import { Pool } from 'pg'
import { preparedCommit } from '../src/commit.ts'
import { base, taskOf } from './fixtures.ts'
const pool = new Pool({ connectionString: 'postgres://bench@127.0.0.1:54429/postgres', max: 1 })
const a = 'agt_1', t = 'tsk_00039990'
const event = { id: 'evt_x', projectId: 'p', kind: 'CLAIM_GRANTED', subject: 'task/' + t, time: 1, actor: { kind: 'AGENT', id: 'prn_' + a, role: 'SPECIALIST', name: a, agentId: a }, taskId: t, agentId: a, runId: null, summary: 'claimed a task', reason: null, data: { epoch: 1 }, policyVersion: 'default@1', costMicros: null, traceparent: null }
const wv = Number((await pool.query("select version from mission_control.workloads where id = 'agt_1'")).rows[0].version)
const settings = [{ kind: 'system', id: 'system', version: 1 }, { kind: 'project', id: 'p', version: 1 }, { kind: 'principal', id: 'prn_' + a, version: 1 }, { kind: 'agent', id: a, version: 1 }]
const commits: any = {
  lean: { projectId: 'p', checks: [...settings, { kind: 'task', id: t, version: 1 }], puts: [{ kind: 'task', record: taskOf(t, { version: 2 }) }], adds: [], events: [event], receipt: null },
  claim: { projectId: 'p', checks: [...settings, { kind: 'task', id: t, version: 1 }, { kind: 'workload', id: a, version: wv }], puts: [{ kind: 'task', record: taskOf(t, { version: 2, status: 'ASSIGNED' }) }, { kind: 'workload', record: { ...base(a), version: wv + 1, activeTaskIds: [t], openRuns: [], recentRuns: [] } }, { kind: 'transition', record: { ...base('trn_' + t), taskId: t, seq: 1, from: 'INBOX', to: 'ASSIGNED', actor: event.actor, reason: null, artifacts: { workPlan: null, deliverable: null, checklist: null }, policyVersion: null, approvalId: null } }], adds: [], events: [event], receipt: null },
}
const { statement } = preparedCommit(commits[process.argv[2]!], null)
const c = await pool.connect()
const lit = (v: unknown) => v === null ? 'null' : Array.isArray(v) ? "'{" + v.map((x) => x === null ? 'null' : JSON.stringify(x)).join(',').replace(/'/g, "''") + "}'" : typeof v === 'number' ? String(v) : "'" + String(v).replace(/'/g, "''") + "'"
await c.query(`prepare x as ${statement.text}`)
const args = statement.values.map(lit).join(', ')
if (process.argv[3]) console.log(statement.text)
for (const mode of ['force_custom_plan', 'force_generic_plan']) {
  await c.query(`set plan_cache_mode = ${mode}`)
  await c.query('begin')
  for (let i = 0; i < 3; i++) { await c.query(`explain (analyze, timing off) execute x(${args})`); await c.query('rollback; begin') }
  const r = await c.query(`explain (analyze, timing on) execute x(${args})`)
  await c.query('rollback')
  console.log(mode, '\n' + r.rows.map((x) => x['QUERY PLAN']).join('\n'))
}
c.release(); await pool.end()
