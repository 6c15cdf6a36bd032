import { CSRF_HEADER } from '../sessions/page-checks.ts'
import { SESSION_PATH } from '../sessions/serve-sessions.ts'
import type { HostPath } from './host-path.ts'
import type { JsonSchema } from './json-schema.ts'

const PROBLEM = { $ref: '#/components/responses/Problem' }
const text = { type: 'string' }

function answer(status: '200' | '201', description: string, properties: Readonly<Record<string, JsonSchema>>) {
  const schema = { type: 'object', required: Object.keys(properties), properties, additionalProperties: false }
  return { [status]: { description, content: { 'application/json': { schema } } }, default: PROBLEM }
}

const SHOWN = {
  credentialId: text,
  principalId: text,
  expiresAt: { type: ['integer', 'null'], description: 'When it ends however much it is used, epoch ms.' },
  csrfToken: { type: 'string', description: `Goes into \`${CSRF_HEADER}\` of everything but reads.` },
}

export const SESSION_PATHS: readonly HostPath[] = [
  {
    path: SESSION_PATH,
    method: 'post',
    operation: {
      operationId: 'sessions.signIn',
      summary: 'Signs a person in: their key comes once, and a session goes into a cookie.',
      description:
        'With a full key of a person. The session ends after 12 hours, after 30 minutes without use, when somebody ends it, and with its key. A session that the browser had before is over.',
      tags: ['Admin'],
      security: [{}],
      parameters: [],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['key'],
              properties: { key: { type: 'string', maxLength: 512 } },
              additionalProperties: false,
            },
          },
        },
      },
      responses: answer('201', 'Signed in; `Set-Cookie` has the session.', SHOWN),
    },
  },
  {
    path: SESSION_PATH,
    method: 'get',
    operation: {
      operationId: 'sessions.current',
      summary: 'Tells a page about its session, and gives it the token again.',
      tags: ['Admin'],
      security: [{ session: [] }],
      parameters: [],
      responses: answer('200', 'The session.', SHOWN),
    },
  },
  {
    path: SESSION_PATH,
    method: 'delete',
    operation: {
      operationId: 'sessions.signOut',
      summary: 'Signs out: the session opens nothing any more.',
      tags: ['Admin'],
      security: [{ session: [], csrf: [] }],
      parameters: [],
      responses: answer('200', 'Signed out.', { credentialId: text, keyId: text, status: { const: 'REVOKED' } }),
    },
  },
]
