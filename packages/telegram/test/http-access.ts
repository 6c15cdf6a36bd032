import { BRIDGE_SCOPE, unwrap } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'
import type { TestHarness } from '@mission-control/testing'
import { accessOverTransport, type TelegramAccess } from '../src/index.ts'

/** The way of a bot that runs elsewhere: over HTTP, with the key of a bridge. */
export interface HttpAccess {
  readonly access: TelegramAccess
  close(): Promise<void>
}

/** Serves a Mission Control and reaches it; `onRequest` hears of each request. */
export async function httpAccess(h: TestHarness, onRequest?: (request: Request) => void): Promise<HttpAccess> {
  const served = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
  const { data } = unwrap(await h.admin.principals.list({}))
  const principalId = data.find(({ displayName }) => displayName === 'Ada')?.id ?? ''
  const { key } = unwrap(await h.admin.keys.issue({ principalId, scope: BRIDGE_SCOPE }))
  const transportFor = (telegramUserId: string | null) =>
    createHttpTransport({
      baseUrl: served.url,
      fetch: (request) => {
        onRequest?.(request)
        if (telegramUserId !== null) request.headers.set('mc-act-for', telegramUserId)
        return fetch(request)
      },
    })
  return { access: accessOverTransport({ key, transportFor }), close: () => served.close() }
}
