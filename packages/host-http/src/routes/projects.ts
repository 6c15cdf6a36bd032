import { CREATES, get, PROJECT, patch, post, put, type Route } from './route.ts'

export const projectRoutes: readonly Route[] = [
  get('/v1/projects', 'projects.list'),
  post('/v1/projects', 'projects.create', CREATES),
  get('/v1/projects/{project}', 'projects.get', { etag: 'version' }),
  patch(PROJECT, 'projects.update', { ifMatch: 'required', etag: 'version' }),
  get(`${PROJECT}/stats`, 'projects.stats'),
  put(`${PROJECT}/operator-mode`, 'projects.setOperatorMode', { etag: 'version' }),
  put('/v1/operator-mode', 'system.setOperatorMode', { etag: 'version' }),
  post(`${PROJECT}/archive`, 'projects.archive', { etag: 'version' }),
  post(`${PROJECT}/emergency-stop`, 'projects.emergencyStop'),
]
