import { get, PROJECT, post, put, type Route } from './route.ts'

const AGENTS = `${PROJECT}/agents` as const
const AGENT = `${AGENTS}/{agentId}` as const

export const agentRoutes: readonly Route[] = [
  get(AGENTS, 'agents.list'),
  // Registering a known name again creates nothing, so the answer is 200 either way.
  post(AGENTS, 'agents.register', { idempotencyKey: 'required', etag: 'agent.version' }),
  get(AGENT, 'agents.get', { etag: 'agent.version' }),
  post(`${AGENT}/heartbeat`, 'agents.heartbeat', { ownAgent: true }),
  post(`${AGENTS}/control`, 'agents.controlAll'),
  get(`${AGENT}/bootstrap`, 'agents.bootstrap'),
  get(`${AGENT}/documents`, 'agents.documents'),
  get(`${AGENT}/documents/{type}/{key}`, 'agents.getDocument', { etag: 'version' }),
  put(`${AGENT}/documents/{type}/{key}`, 'agents.putDocument', { ifMatch: 'required', etag: 'version' }),
  post(`${AGENT}/spawn`, 'agents.spawn', {
    idempotencyKey: 'required',
    successStatus: 201,
    etag: 'agent.version',
    ownAgent: true,
  }),
  post(`${AGENT}/retire`, 'agents.retire', { etag: 'version' }),
  post(`${AGENT}/control`, 'agents.control', { etag: 'agent.version' }),
]
