import { equal } from 'node:assert/strict'
import { unwrap } from '@mission-control/core'
import { spendTheDay } from './budget-stop.ts'
import { settleDispute } from './dispute.ts'
import { denyCall, runRedCall } from './red-call.ts'
import { gatherSquad } from './squad.ts'
import { chapter } from './story.ts'

const squad = await gatherSquad()
await runRedCall(squad, chapter('1. A RED call, and a quorum of two'))
await denyCall(squad, chapter('2. A denied call'))
await spendTheDay(squad, chapter('3. A budget that runs out in the middle of a run'))
await settleDispute(squad, chapter('4. A dispute'))

const { data } = unwrap(await squad.admin.events.list({ taskId: squad.held.taskId, limit: 200 }))
const deciders = data.filter(({ kind }) => kind === 'APPROVAL_APPROVED' || kind === 'APPROVAL_DENIED')
equal(
  data.some(({ kind, data: facts }) => kind === 'POLICY_DECISION' && JSON.stringify(facts).includes('DUTIES')),
  true,
)
console.log(
  `\n${data.length} events tell all of this; ${deciders.length} of them are verdicts, each with a name and a reason.`,
)
await squad.mc.close()
