import { get, PROJECT, post, put, question, type Route } from './route.ts'

const APPROVALS = `${PROJECT}/approvals` as const
const APPROVAL = `${APPROVALS}/{approvalId}` as const
const POLICIES = `${PROJECT}/policies` as const
const BUDGETS = `${PROJECT}/budgets` as const

export const decisionRoutes: readonly Route[] = [
  get(APPROVALS, 'approvals.list'),
  // An equal request that waits already is the answer, so this is not always a new row.
  post(APPROVALS, 'approvals.request', { idempotencyKey: 'required', etag: 'version' }),
  post(`${APPROVALS}/batch`, 'approvals.decideBatch', { idempotencyKey: 'required' }),
  get(APPROVAL, 'approvals.get', { etag: 'version' }),
  post(`${APPROVAL}/decision`, 'approvals.decide', { idempotencyKey: 'required', etag: 'version' }),
  post(`${APPROVAL}/cancel`, 'approvals.cancel', { etag: 'version' }),
  get(POLICIES, 'policies.list'),
  post(POLICIES, 'policies.draft', { successStatus: 201, etag: 'version' }),
  post(`${POLICIES}/{policyId}/activate`, 'policies.activate', { ifMatch: 'required', etag: 'version' }),
  get(`${POLICIES}/effective`, 'policies.effective'),
  get(`${POLICIES}/{policyId}`, 'policies.get', { etag: 'version' }),
  get(`${POLICIES}/{policyId}/diff/{otherPolicyId}`, 'policies.diff'),
  question(`${POLICIES}/{policyId}/lint`, 'policies.lint'),
  question(`${POLICIES}/{draftId}/replay`, 'policies.replay'),
  question(`${PROJECT}/policy/explain`, 'policies.explain'),
  get('/v1/policies', 'policies.listGlobal'),
  post('/v1/policies', 'policies.draftGlobal', { successStatus: 201, etag: 'version' }),
  post('/v1/policies/{policyId}/activate', 'policies.activateGlobal', { ifMatch: 'required', etag: 'version' }),
  get(BUDGETS, 'budgets.list'),
  get(`${PROJECT}/burn-rate`, 'budgets.burnRate'),
  get(`${PROJECT}/costs`, 'costs.summary'),
  get(`${PROJECT}/ledger/verify`, 'ledger.verify'),
  put(`${BUDGETS}/{scopeType}/{scopeId}/{metric}/{window}`, 'budgets.set', { ifMatch: 'required', etag: 'version' }),
]
