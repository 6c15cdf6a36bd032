import { isMissionControlError } from '@mission-control/core'
import type { Turn } from '../turn.ts'
import type { Action } from './action.ts'

/** The Telegram user who is linked to the admin of a seed. */
export const TELEGRAM_USER = '4711'
const OLD_UPDATES = 4

/** One update at one host: whoever may take it does what it says, and says that it is done. */
async function handle(turn: Turn, updateId: number): Promise<void> {
  const { world, random, actor } = turn
  const host = world.anyHost()
  const update = { telegramUserId: TELEGRAM_USER, updateId, owner: world.nextKey() }
  const taken = await host.answer(host.mc.system.telegram.takeUpdate(update))
  if (taken === 'LOST' || !taken.ok || !taken.data.taken) return
  if (world.handled.has(updateId)) world.violate('I28', `update ${updateId} was handled, and given out again`)
  const sent = { title: `Update ${updateId}`, type: 'OPS' } as const
  await turn.call('tasks.create', (client, context) => client.tasks.create(sent, context), null, `update-${updateId}`)
  if (random.chance(0.2)) return
  const finished = await host.answer(host.mc.system.telegram.finishUpdate(update))
  if (finished !== 'LOST' && finished.ok && finished.data.finished) world.handled.add(updateId)
  const made = turn.mirror
    .all('task')
    .filter(({ title, projectId }) => title === sent.title && projectId === actor.projectId)
  if (made.length > 1) world.violate('I28', `update ${updateId} took effect ${made.length} times`)
}

/** Updates reach the bots: each now and then twice, at two hosts, or long after it was handled. */
const update: Action = {
  name: 'bot update',
  weight: 1,
  by: ({ role }) => role === 'ADMIN',
  run: (turn) => {
    const { random, world } = turn
    const isOld = random.chance(0.3)
    const updateId = isOld ? Math.max(1, world.updates - random.below(OLD_UPDATES)) : ++world.updates
    const copies = random.chance(0.3) ? 2 : 1
    return Promise.all(
      Array.from({ length: copies }, () =>
        handle(turn, updateId).catch((error) => {
          if (!isMissionControlError(error) || error.code === 'INTERNAL') throw error
        }),
      ),
    )
  },
}

export const BOT: readonly Action[] = [update]
