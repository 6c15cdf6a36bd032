import type { Resource } from './resource.ts'

export const decisionCommands: readonly Resource[] = [
  {
    path: ['approval', 'list'],
    operation: 'approvals.list',
    columns: ['id', 'status', 'riskLevel', 'actionType', 'taskId', 'expiresAt', 'actionSummary'],
  },
  { path: ['approval', 'get'], operation: 'approvals.get', words: ['approvalId'] },
  { path: ['approval', 'request'], operation: 'approvals.request', words: ['actionType'], fromFile: ['payload'] },
  {
    path: ['approval', 'approve'],
    operation: 'approvals.decide',
    summary: 'Approves; what is RED takes a reason and two people.',
    words: ['approvalId'],
    fixed: { verdict: 'APPROVE' },
  },
  {
    path: ['approval', 'deny'],
    operation: 'approvals.decide',
    summary: 'Denies, with a reason.',
    words: ['approvalId'],
    fixed: { verdict: 'DENY' },
    without: ['amountMicros'],
  },
  { path: ['approval', 'cancel'], operation: 'approvals.cancel', words: ['approvalId'] },
  {
    path: ['policy', 'list'],
    operation: 'policies.list',
    columns: ['id', 'name', 'scopeType', 'scopeId', 'versionNo', 'state'],
  },
  {
    path: ['policy', 'list-global'],
    operation: 'policies.listGlobal',
    columns: ['id', 'name', 'scopeType', 'versionNo', 'state'],
  },
  { path: ['policy', 'get'], operation: 'policies.get', words: ['policyId'] },
  { path: ['policy', 'effective'], operation: 'policies.effective' },
  { path: ['policy', 'draft'], operation: 'policies.draft', words: ['name'], fromFile: ['content'] },
  { path: ['policy', 'activate'], operation: 'policies.activate', words: ['policyId'] },
  { path: ['policy', 'draft-global'], operation: 'policies.draftGlobal', words: ['name'], fromFile: ['content'] },
  { path: ['policy', 'activate-global'], operation: 'policies.activateGlobal', words: ['policyId'] },
]
