import { codeAt } from '../one-time-codes.ts'
import type { Turn } from '../turn.ts'
import { type Action, isPerson } from './action.ts'

const NEWCOMERS_MAX = 3

/** Somebody comes with an enrollment key and asks for this and that; some of it is more than the key gives. */
async function join(turn: Turn): Promise<void> {
  const { random, actor, world } = turn
  const ceiling = {
    projectId: actor.projectId,
    roles: ['INTERN', 'SPECIALIST'] as ('INTERN' | 'SPECIALIST')[],
    budgetDailyMicros: 500_000,
    budgetPerRunMicros: 100_000,
    uses: random.between(1, 2),
  }
  const wish = { principalId: actor.principalId, kind: 'ENROLLMENT', ceiling } as const
  const issued = await turn.call('keys.issue', (client, context) => client.keys.issue(wish, context))
  if (issued === null || issued.key === '') return
  const { key } = issued
  const host = world.anyHost()
  const opened = await host.answer(host.mc.authenticate(key).catch(() => 'LOST' as const))
  if (opened === 'LOST' || !opened.ok) return
  for (let tried = 0; tried < 3; tried++) {
    const asked = {
      name: `Newcomer ${random.below(20)}`,
      role: random.pick(['INTERN', 'SPECIALIST', 'LEAD']),
      isCao: random.chance(0.1),
      budgetDailyMicros: random.pick([100_000, 500_000, 900_000]),
    }
    const context = { idempotencyKey: world.nextKey() }
    const done = await host.answer(opened.data.agents.register(asked, context).catch(() => 'LOST' as const))
    if (done === 'LOST') return
    world.coverage.answered('agents.register', done.ok ? 'ok' : done.error.code)
  }
}

const enrolAgents: Action = {
  name: 'enrol agents',
  weight: 0.5,
  by: ({ role }) => role === 'ADMIN',
  run: (turn) => {
    const newcomers = turn.mirror.all('agent').filter(({ name }) => name.startsWith('Newcomer'))
    return newcomers.length >= NEWCOMERS_MAX ? null : join(turn)
  },
}

const enrolForCodes: Action = {
  name: 'enrol for codes',
  weight: 0.6,
  by: isPerson,
  run: (turn) => {
    const { principalId } = turn.actor
    const oneTimeCode = codeAt(principalId, turn.world.now)
    return turn.call('principals.enrollSecondFactor', (client, context) =>
      client.principals.enrollSecondFactor({}, { ...context, oneTimeCode }),
    )
  },
}

export const KEYS: readonly Action[] = [enrolAgents, enrolForCodes]
