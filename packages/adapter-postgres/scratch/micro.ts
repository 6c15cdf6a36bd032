import { RECORDS } from '@mission-control/core/storage'
import { preparedCommit } from '../src/commit.ts'
import { assertSound } from '../src/draft.ts'
import { planOf } from '../src/commit-plan.ts'
import { commitStatement } from '../src/sql/commit.ts'
import { base, taskOf } from './fixtures.ts'
const a = 'agt_1', t = 'tsk_00000001'
const event = { id: 'evt_x', projectId: 'p', kind: 'CLAIM_GRANTED', subject: 'task/' + t, time: 1, actor: { kind: 'AGENT', id: 'prn_' + a, role: 'SPECIALIST', name: a, agentId: a }, taskId: t, agentId: a, runId: null, summary: 'claimed a task', reason: null, data: { epoch: 1 }, policyVersion: 'default@1', costMicros: null, traceparent: null }
const settings = [{ kind: 'system', id: 'system', version: 1 }, { kind: 'project', id: 'p', version: 1 }, { kind: 'principal', id: 'prn_' + a, version: 1 }, { kind: 'agent', id: a, version: 1 }]
const lean: any = { projectId: 'p', checks: [...settings, { kind: 'task', id: t, version: 1 }], puts: [{ kind: 'task', record: taskOf(t, { version: 2 }) }], adds: [], events: [event], receipt: null }
const bench = (name: string, f: () => unknown) => { for (let i = 0; i < 3000; i++) f(); const t0 = performance.now(); for (let i = 0; i < 5000; i++) f(); console.log(name, ((performance.now() - t0) / 5).toFixed(1), 'us') }
const rec = taskOf(t)
bench('zod task', () => RECORDS.task.safeParse(rec))
bench('assertSound', () => assertSound(lean))
bench('plan', () => planOf(lean))
const plan = planOf(lean)
bench('statement', () => commitStatement(plan, null))
bench('prepared', () => preparedCommit(lean, null))
