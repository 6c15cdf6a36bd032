import { CREATES, get, post, type Route } from './route.ts'

export const adminRoutes: readonly Route[] = [
  get('/v1/principals', 'principals.list'),
  post('/v1/principals', 'principals.create', { ...CREATES, etag: 'principal.version' }),
  get('/v1/me', 'principals.self'),
  post('/v1/me/totp', 'principals.enrollSecondFactor', { etag: 'version' }),
  post('/v1/principals/{principalId}/totp/reset', 'principals.resetSecondFactor', { etag: 'version' }),
  get('/v1/sessions', 'sessions.list'),
  get('/v1/keys', 'keys.list'),
  post('/v1/keys', 'keys.issue', { idempotencyKey: 'required', successStatus: 201 }),
  post('/v1/keys/{credentialId}/rotate', 'keys.rotate'),
  post('/v1/keys/{credentialId}/revoke', 'keys.revoke'),
]
