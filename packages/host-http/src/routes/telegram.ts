import { get, PROJECT, post, type Route } from './route.ts'

const NOTE = `${PROJECT}/notifications/{notificationId}` as const

/** What a bot that runs elsewhere needs, with the key of a bridge; and how people are paired with it. */
export const telegramRoutes: readonly Route[] = [
  post('/v1/telegram/pairing-codes', 'telegram.issueCode', { idempotencyKey: 'required', successStatus: 201 }),
  get('/v1/telegram/links', 'telegram.links'),
  post('/v1/telegram/links', 'telegram.pair', { successStatus: 201, etag: 'link.version' }),
  post('/v1/telegram/links/{telegramUserId}/unpair', 'telegram.unpair', { etag: 'version' }),
  post('/v1/telegram/links/{telegramUserId}/project', 'telegram.chooseProject', { etag: 'version' }),
  post('/v1/telegram/links/{telegramUserId}/updates', 'telegram.takeUpdate'),
  post('/v1/telegram/links/{telegramUserId}/updates/finish', 'telegram.finishUpdate'),
  get('/v1/telegram/messages', 'telegram.messages'),
  get('/v1/telegram/work', 'telegram.work'),
  post(`${PROJECT}/telegram/messages`, 'telegram.keepMessage', { successStatus: 201, etag: 'version' }),
  post(`${PROJECT}/telegram/messages/{telegramMessageId}`, 'telegram.changeMessage', { etag: 'version' }),
  post('/v1/telegram/turns/{key}', 'telegram.takeTurn'),
  post('/v1/telegram/turns/{key}/note', 'telegram.noteTurn'),
  post(`${PROJECT}/notifications/lease`, 'notifications.lease'),
  post(`${NOTE}/settle`, 'notifications.settle'),
  post(`${NOTE}/close`, 'notifications.close'),
]
