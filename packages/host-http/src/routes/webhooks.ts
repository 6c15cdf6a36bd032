import { CREATES, get, PROJECT, patch, post, type Route, remove } from './route.ts'

const WEBHOOKS = `${PROJECT}/webhooks` as const
const WEBHOOK = `${WEBHOOKS}/{webhookId}` as const

export const webhookRoutes: readonly Route[] = [
  get(WEBHOOKS, 'webhooks.list'),
  post(WEBHOOKS, 'webhooks.create', { ...CREATES, etag: 'webhook.version' }),
  get(WEBHOOK, 'webhooks.get', { etag: 'version' }),
  patch(WEBHOOK, 'webhooks.update', { ifMatch: 'required', etag: 'version' }),
  remove(WEBHOOK, 'webhooks.delete'),
  post(`${WEBHOOK}/rotate-secret`, 'webhooks.rotateSecret', { etag: 'webhook.version' }),
  get(`${WEBHOOK}/deliveries`, 'webhooks.deliveries'),
  post(`${WEBHOOK}/deliveries/{deliveryId}/replay`, 'webhooks.replay', { etag: 'version' }),
]
