import { createMemoryStorage } from '@mission-control/adapter-memory'
import type { MissionControlClient } from '@mission-control/core'
import { createHttpHandler } from '@mission-control/host-http'
import { measure } from './measure.ts'
import type { Group, Scenario } from './row.ts'
import { openScene, openSquad, TASK } from './scene.ts'

const EMPTY = 'handler that only compares the key'
const BARE_GET = 'bare GET: the same key check and call'
const BARE_POST = 'bare POST: the same key check, parse and call'
const OPEN = Number.POSITIVE_INFINITY

/** A request from the first byte of the handler to the last of its answer, on memory and without a socket. */
export async function openHttpGroup(): Promise<Group> {
  const scene = await openScene(createMemoryStorage())
  const { projectId, template } = await openSquad(scene, 'http', 0)
  const handler = createHttpHandler({ missionControl: scene.mc, limits: { readsPerMinuteMax: OPEN } })
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
  const empty = async (request: Request) => {
    if (request.headers.get('authorization') !== authorization) return new Response(null, { status: 401 })
    return Response.json(template)
  }
  /** What a host costs that does nothing beyond what it must: who asks, one call of the core, the answer as JSON. */
  const bare = async (request: Request, call: (client: MissionControlClient) => Promise<unknown>, status: number) => {
    const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? ''
    const client = await scene.mc.authenticate(token)
    if (!client.ok) return new Response(null, { status: 401 })
    const outcome = (await call(client.data)) as { ok: boolean; data?: unknown }
    return Response.json(outcome.data, { status: outcome.ok ? status : 400 })
  }
  const bareGet = (request: Request) =>
    bare(request, (client) => client.tasks.get({ projectId, taskId: template.id }), 200)
  const barePost = (request: Request) =>
    bare(
      request,
      async (client) => {
        const body = (await request.json()) as typeof TASK
        const idempotencyKey = request.headers.get('idempotency-key') ?? ''
        return client.tasks.create({ ...body, projectId }, { idempotencyKey })
      },
      201,
    )
  return {
    scenarios: [
      { ...exchange('GET one task', handler, get, 200), against: BARE_GET, ratioMin: 0.75 },
      { ...exchange('POST a task', handler, post, 201), against: BARE_POST, ratioMin: 0.7 },
      exchange(BARE_GET, bareGet, get, 200),
      exchange(BARE_POST, barePost, post, 201),
      exchange(EMPTY, empty, get, 200),
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
