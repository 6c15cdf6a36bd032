import type { Resource } from './resource.ts'

export const adminCommands: readonly Resource[] = [
  {
    path: ['keys', 'list'],
    operation: 'keys.list',
    columns: ['id', 'principalId', 'kind', 'status', 'expiresAt', 'lastUsedAt'],
  },
  { path: ['keys', 'issue'], operation: 'keys.issue', words: ['principalId'] },
  { path: ['keys', 'rotate'], operation: 'keys.rotate', words: ['credentialId'] },
  { path: ['keys', 'revoke'], operation: 'keys.revoke', words: ['credentialId'] },
  {
    path: ['people', 'list'],
    operation: 'principals.list',
    columns: ['id', 'kind', 'role', 'status', 'displayName', 'projectIds'],
  },
  { path: ['people', 'create'], operation: 'principals.create', words: ['displayName', 'role'] },
  { path: ['people', 'me'], operation: 'principals.self' },
  {
    path: ['telegram', 'pair-code'],
    operation: 'telegram.issueCode',
    summary: 'Makes a one-time code, shown once: send `/pair <code>` to the bot.',
  },
  {
    path: ['telegram', 'links'],
    operation: 'telegram.links',
    columns: ['telegramUserId', 'principalId', 'currentProjectId', 'createdAt'],
  },
]
