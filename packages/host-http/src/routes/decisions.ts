import { get, PROJECT, post, put, type Route } from './route.ts'

const APPROVALS = `${PROJECT}/approvals` as const
const APPROVAL = `${APPROVALS}/{approvalId}` as const
const POLICIES = `${PROJECT}/policies` as const
const BUDGETS = `${PROJECT}/budgets` as const

export const decisionRoutes: readonly Route[] = [
  get(APPROVALS, 'approvals.list'),
  // An equal request that waits already is the answer, so this is not always a new row.
  post(APPROVALS, 'approvals.request', { idempotencyKey: 'required', etag: 'version' }),
  get(APPROVAL, 'approvals.get', { etag: 'version' }),
  post(`${APPROVAL}/decision`, 'approvals.decide', { idempotencyKey: 'required', etag: 'version' }),
  post(`${APPROVAL}/cancel`, 'approvals.cancel', { etag: 'version' }),
  post(POLICIES, 'policies.draft', { successStatus: 201, etag: 'version' }),
  post(`${POLICIES}/{policyId}/activate`, 'policies.activate', { etag: 'version' }),
  get(BUDGETS, 'budgets.list'),
  put(`${BUDGETS}/{scopeType}/{scopeId}/{metric}/{window}`, 'budgets.set'),
]
