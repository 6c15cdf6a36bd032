import type { Kind } from './records.ts'

/** The field is one of these values. */
export interface Condition {
  readonly field: string
  readonly in: readonly (string | boolean)[]
}

/** A named way to find records by what they hold. Adapters build an index for each; nothing else is looked up. */
export interface Lookup {
  readonly kind: Kind
  /** Fields compared for equality, in this order. A dot reaches into an object: `claim.agentId`. */
  readonly fields: readonly string[]
  /** Only records that meet all of these. */
  readonly where?: readonly Condition[]
  /** The first field is a list and must contain the value. */
  readonly contains?: true
  /** Results come newest first, for lists that grow and of which only the end matters. */
  readonly newestFirst?: true
  /** The first field is null for records of the installation, and null is a value there: also of those one may fit. */
  readonly ofInstallation?: true
  /** At most one record may fit; the store refuses a second. */
  readonly unique?: true
}

/**
 * The closed list of lookups a decision may ask for, and of the unique keys the store enforces.
 * Results come oldest first, unless the lookup says otherwise.
 */
export const LOOKUPS = {
  projectBySlug: { kind: 'project', fields: ['slug'], unique: true },
  principalByAgent: { kind: 'principal', fields: ['agentId'] },
  principalsByRole: { kind: 'principal', fields: ['role'] },
  credentialByKeyId: { kind: 'credential', fields: ['keyId'], unique: true },
  credentialsOfPrincipal: { kind: 'credential', fields: ['principalId'] },
  agentByName: { kind: 'agent', fields: ['projectId', 'name'], unique: true },
  agentsOfProject: { kind: 'agent', fields: ['projectId'] },
  caoOfProject: { kind: 'agent', fields: ['projectId'], where: [{ field: 'isCao', in: [true] }], unique: true },
  activePolicy: {
    kind: 'policy',
    fields: ['projectId', 'name', 'scopeType', 'scopeId'],
    where: [{ field: 'state', in: ['ACTIVE'] }],
    unique: true,
    ofInstallation: true,
  },
  activePolicies: { kind: 'policy', fields: ['projectId'], where: [{ field: 'state', in: ['ACTIVE'] }] },
  policyVersions: {
    kind: 'policy',
    fields: ['projectId', 'name', 'scopeType', 'scopeId', 'versionNo'],
    unique: true,
    ofInstallation: true,
  },
  policiesByName: { kind: 'policy', fields: ['projectId', 'name', 'scopeType', 'scopeId'] },
  budgetByScope: { kind: 'budget', fields: ['projectId', 'scopeType', 'scopeId', 'metric', 'window'], unique: true },
  budgetsOfScope: { kind: 'budget', fields: ['projectId', 'scopeType', 'scopeId'] },
  taskBySource: { kind: 'task', fields: ['projectId', 'source', 'sourceRef'], unique: true },
  tasksByStatus: { kind: 'task', fields: ['projectId', 'status'] },
  tasksOfAssignee: { kind: 'task', fields: ['assigneeIds'], contains: true },
  transitionsOfTask: { kind: 'transition', fields: ['taskId', 'seq'], unique: true },
  messagesOfTask: { kind: 'message', fields: ['taskId'] },
  messagesOfThread: { kind: 'message', fields: ['threadId'], newestFirst: true },
  threadByPair: { kind: 'directThread', fields: ['projectId', 'pairKey'], unique: true },
  subscriptionOf: { kind: 'subscription', fields: ['taskId', 'principalId'], unique: true },
  subscriptionsOfTask: { kind: 'subscription', fields: ['taskId'] },
  subscriptionsOfPrincipal: { kind: 'subscription', fields: ['principalId'] },
  agentDocumentByKey: { kind: 'agentDocument', fields: ['agentId', 'type', 'key'], unique: true },
  versionsOfAgentDocument: { kind: 'agentDocumentVersion', fields: ['documentId', 'versionNo'], unique: true },
  documentsOfTask: { kind: 'document', fields: ['taskId'] },
  openReviewOf: {
    kind: 'review',
    fields: ['taskId', 'submission', 'reviewer'],
    where: [{ field: 'status', in: ['OPEN', 'ESCALATED'] }],
    unique: true,
  },
  reviewsOfTask: { kind: 'review', fields: ['taskId'] },
  openReviewsOfTask: { kind: 'review', fields: ['taskId'], where: [{ field: 'status', in: ['OPEN', 'ESCALATED'] }] },
  openRunsOfTask: { kind: 'run', fields: ['taskId'], where: [{ field: 'status', in: ['RUNNING'] }] },
  runsOfTask: { kind: 'run', fields: ['taskId'] },
  runsOfAgent: { kind: 'run', fields: ['agentId'] },
  usageLineByCall: { kind: 'usageLine', fields: ['runId', 'callId'], unique: true },
  toolCallByCall: { kind: 'toolCall', fields: ['agentId', 'runId', 'callId'], unique: true },
  openToolCallsOfRun: { kind: 'toolCall', fields: ['runId'], where: [{ field: 'status', in: ['PENDING', 'RUNNING'] }] },
  pendingApproval: {
    kind: 'approval',
    fields: ['requesterId', 'taskId', 'payloadHash'],
    where: [{ field: 'status', in: ['PENDING'] }],
    unique: true,
  },
  approvalsByHash: { kind: 'approval', fields: ['projectId', 'payloadHash'] },
  pendingOverrideOfAccount: {
    kind: 'approval',
    fields: ['projectId', 'payload.accountId'],
    // The payload of other requests is whatever an agent wants to do, and may name an account as well.
    where: [
      { field: 'status', in: ['PENDING'] },
      { field: 'actionType', in: ['BUDGET_OVERRIDE'] },
    ],
    unique: true,
  },
  pendingApprovalsOfProject: {
    kind: 'approval',
    fields: ['projectId'],
    where: [{ field: 'status', in: ['PENDING'] }],
  },
  pendingApprovalsOfTask: { kind: 'approval', fields: ['taskId'], where: [{ field: 'status', in: ['PENDING'] }] },
  approvalsOfTask: { kind: 'approval', fields: ['taskId'] },
  pendingApprovalsOfAgent: {
    kind: 'approval',
    fields: ['onBehalfOfAgentId'],
    where: [{ field: 'status', in: ['PENDING'] }],
  },
  openAlert: {
    kind: 'alert',
    fields: ['projectId', 'dedupeKey'],
    where: [{ field: 'status', in: ['OPEN', 'ACKNOWLEDGED'] }],
    unique: true,
  },
  alertsByKey: { kind: 'alert', fields: ['projectId', 'dedupeKey'], newestFirst: true },
  unackedNotifications: { kind: 'notification', fields: ['targetId', 'ackedAt'] },
  equalNotifications: {
    kind: 'notification',
    fields: ['targetId', 'channel', 'type', 'subject'],
    newestFirst: true,
  },
  performanceStatOfDay: { kind: 'performanceStat', fields: ['projectId', 'operation', 'day'], unique: true },
  tasksWaitingFor: { kind: 'task', fields: ['waitingFor'], contains: true },
  latestMessagesOfTask: { kind: 'message', fields: ['taskId'], newestFirst: true },
  latestTransitionsOfTask: { kind: 'transition', fields: ['taskId'], newestFirst: true },
  latestRunsOfTask: { kind: 'run', fields: ['taskId'], newestFirst: true },
  latestFailuresOfAgent: {
    kind: 'toolCall',
    fields: ['agentId'],
    where: [{ field: 'status', in: ['FAILED'] }],
    newestFirst: true,
  },
  equalCallsOfRun: { kind: 'toolCall', fields: ['runId', 'toolName', 'inputHash'], newestFirst: true },
  jobLease: { kind: 'jobLease', fields: ['job', 'key'], unique: true },
  subAgentsOfTask: { kind: 'agent', fields: ['parentTaskId'] },
  executorByName: { kind: 'executor', fields: ['projectId', 'name'], unique: true },
  executionOfToolCall: { kind: 'execution', fields: ['toolCallId'] },
  executionsInHand: {
    kind: 'execution',
    fields: ['executorId'],
    where: [{ field: 'status', in: ['ASSIGNED', 'IN_PROGRESS'] }],
  },
  executorsOfProject: { kind: 'executor', fields: ['projectId'] },
  childrenOfAgent: { kind: 'agent', fields: ['parentAgentId'] },
  agentsByStatus: { kind: 'agent', fields: ['status'] },
  agentsOfProjectByStatus: { kind: 'agent', fields: ['projectId', 'status'] },
  openRunsOfProject: { kind: 'run', fields: ['projectId'], where: [{ field: 'status', in: ['RUNNING'] }] },
  telegramLinkByUser: { kind: 'telegramLink', fields: ['telegramUserId'], unique: true },
  telegramCodeByHash: { kind: 'telegramCode', fields: ['codeHash'], unique: true },
  webhooksOfProject: { kind: 'webhook', fields: ['projectId'] },
  tasksByHolder: { kind: 'task', fields: ['claim.agentId'] },
} as const satisfies Record<string, Lookup>

export type LookupName = keyof typeof LOOKUPS
export type KindOfLookup<L extends LookupName> = (typeof LOOKUPS)[L]['kind']
