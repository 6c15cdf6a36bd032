import { Pool } from 'pg'
import fs from 'node:fs'
const pool = new Pool({ connectionString: 'postgres://bench@127.0.0.1:54429/postgres', max: 1, options: '-c synchronous_commit=off' })
function pgCpu() { const pm = +fs.readFileSync('/tmp/mcpg/data/postmaster.pid', 'utf8').split('\n')[0]!; let t = 0; for (const c of fs.readFileSync(`/proc/${pm}/task/${pm}/children`, 'utf8').trim().split(' ').filter(Boolean)) try { const s = fs.readFileSync(`/proc/${c}/stat`, 'utf8'); const b = s.slice(s.lastIndexOf(')') + 2).split(' ').map(Number); t += b[11]! + b[12]! } catch {} return t / 100 }
await pool.query('create table if not exists bx(id text primary key, a text, b jsonb, xid xid8 default pg_current_xact_id(), seq int8 generated always as identity); create unique index if not exists bxi on bx(xid, seq)')
let n = 0
for (const [name, text, vals] of [['select1', 'select 1', () => []], ['insert', 'insert into bx(id,a,b) values ($1,$2,$3)', () => ['x' + Date.now() + n++, 'hello', '{"a":1}']], ['guard', `select mission_control.guard('p', '{system,project,principal,agent}'::text[], '{system,p,prn_agt_1,agt_1}'::text[], '{1,1,1,1}'::int8[], '{}','{}','{}','{}')`, () => []], ['guard+is', `with gate as materialized (select mission_control.guard('p', '{system,project,principal,agent}'::text[], '{system,p,prn_agt_1,agt_1}'::text[], '{1,1,1,1}'::int8[], '{}','{}','{}','{}') as stale), i as (insert into bx(id,a,b) select $1,$2,$3 from gate where stale is null) select json_build_object('a', (select to_json(stale) from gate))::text`, () => ['x' + Date.now() + n++, 'hello', '{"a":1}']]] as const) {
  const lat: number[] = []
  for (let i = 0; i < 500; i++) await pool.query({ name, text, values: vals() as any })
  const c = pgCpu(), u = process.cpuUsage()
  for (let i = 0; i < 4000; i++) { const t = performance.now(); await pool.query({ name, text, values: vals() as any }); lat.push(performance.now() - t) }
  const d = process.cpuUsage(u)
  lat.sort((a, b) => a - b)
  console.log(name, 'p05', lat[200]!.toFixed(3), 'p50', lat[2000]!.toFixed(3), 'pg us', ((pgCpu() - c) * 1e6 / 4000).toFixed(0), 'node us', ((d.user + d.system) / 4000).toFixed(0))
}
await pool.end()
