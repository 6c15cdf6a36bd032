import { unwrap } from '../errors.ts'
import type { MissionControl } from '../mission-control.ts'
import { type DemoCast, openDemoCast } from './demo-people.ts'
import { DEMO_TASKS, tellDemoTask } from './demo-tasks.ts'

/**
 * Builds the demo project `openclaw`: a squad of eleven, two operators, a viewer, and a task in every status, each
 * brought there by those who may. All of it goes through public commands, so every state satisfies its guards.
 * A second run changes nothing; a run that was interrupted is gone on with.
 *
 * @example
 * const { admin, keys } = await seedDemo(createMissionControl({ storage: createMemoryStorage() }))
 */
export async function seedDemo(mc: MissionControl): Promise<DemoCast> {
  const cast = await openDemoCast(mc)
  const last = DEMO_TASKS.at(-1)
  const seeded = unwrap(await cast.admin.tasks.list({ status: ['CANCELED'], limit: 200 })).data
  if (seeded.some(({ sourceRef }) => sourceRef === `demo/${last?.title}`)) return cast
  for (const demo of DEMO_TASKS) await tellDemoTask(cast, demo)
  return cast
}
