import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createHttpHandler } from '@mission-control/host-http'
import { measure } from './measure.ts'
import type { Group, Scenario } from './row.ts'
import { openScene, openSquad, TASK } from './scene.ts'

const BARE = 'bare handler of the Fetch standard'

/** A request from the first byte of the handler to the last of its answer, on memory and without a socket. */
export async function openHttpGroup(): Promise<Group> {
  const scene = await openScene(createMemoryStorage())
  const { projectId, template } = await openSquad(scene, 'http', 0)
  const handler = createHttpHandler({ missionControl: scene.mc })
  const tasks = `http://bench.test/v1/projects/${projectId}/tasks`
  const authorization = `Bearer ${scene.adminKey}`
  let created = 0

  const get = () => new Request(`${tasks}/${template.id}`, { headers: { authorization } })
  const post = () =>
    new Request(tasks, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': `bench-${++created}` },
      body: JSON.stringify(TASK),
    })
  const bare = async (request: Request) => {
    if (request.headers.get('authorization') !== authorization) return new Response(null, { status: 401 })
    return Response.json(template)
  }
  return {
    scenarios: [
      { ...exchange('GET one task', handler, get, 200), against: BARE },
      { ...exchange('POST a task', handler, post, 201), against: BARE },
      exchange(BARE, bare, get, 200),
    ],
    unavailable: [],
    close: async () => {
      handler.drain()
      await scene.mc.close()
    },
  }
}

function exchange(
  name: string,
  handler: (request: Request) => Promise<Response>,
  request: () => Request,
  expectedStatus: number,
): Scenario {
  const operation = async () => {
    const response = await handler(request())
    const text = await response.text()
    if (response.status !== expectedStatus) throw new Error(`answered ${response.status}: ${text}`)
  }
  return { name, run: (seconds) => measure({ seconds, operation }) }
}
