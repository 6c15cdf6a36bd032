import type { EventDraft, Kind, Receipt, ReceiptKey, RecordOf } from '@mission-control/core/storage'
import { accountId } from '@mission-control/core/storage'

/** A moment from which fixtures count: 9 October 2025. */
export const BASE_AT = 1_760_000_000_000
export const PROJECT = 'prj_00000000000000000000000001'
export const OTHER_PROJECT = 'prj_00000000000000000000000002'

let drawn = 0

/** An id nobody has, later than all before. */
export function newId(prefix: string): string {
  drawn += 1
  return `${prefix}_${String(drawn).padStart(26, '0')}`
}

/** What every record begins with. Each is one millisecond younger than the one before. */
function base(prefix: string) {
  const id = newId(prefix)
  return { id, version: 1, createdAt: BASE_AT + drawn, updatedAt: BASE_AT + drawn }
}

function inProject(prefix: string) {
  return { ...base(prefix), projectId: PROJECT }
}

function inInstallation(prefix: string) {
  return { ...base(prefix), projectId: null }
}

type Overrides<K extends Kind> = Partial<RecordOf<K>>

export function systemRecord(overrides: Overrides<'system'> = {}): RecordOf<'system'> {
  return { ...inInstallation('sys'), operatorMode: 'NORMAL', bootstrappedAt: BASE_AT, ...overrides }
}

export function projectRecord(overrides: Overrides<'project'> = {}): RecordOf<'project'> {
  const project = inInstallation('prj')
  return {
    ...project,
    name: 'A project',
    slug: project.id.toLowerCase().replace('_', '-'),
    description: null,
    timeZone: 'Europe/Berlin',
    status: 'ACTIVE',
    operatorMode: 'NORMAL',
    policyDefaults: { versionNo: 1, rules: null, budgetDefaults: null },
    metadata: null,
    ...overrides,
  }
}

export function principalRecord(overrides: Overrides<'principal'> = {}): RecordOf<'principal'> {
  return {
    ...inInstallation('prn'),
    kind: 'AGENT',
    displayName: 'Ada',
    role: 'SPECIALIST',
    projectIds: [PROJECT],
    agentId: newId('agt'),
    status: 'ACTIVE',
    totpEnrolled: false,
    lastCodeNumber: null,
    ...overrides,
  }
}

function credentialRecord(overrides: Overrides<'credential'> = {}): RecordOf<'credential'> {
  return {
    ...inInstallation('crd'),
    principalId: newId('prn'),
    kind: 'ENROLLMENT',
    keyId: newId('key'),
    secretHash: 'f'.repeat(64),
    scopes: ['agents.register'],
    status: 'ACTIVE',
    expiresAt: null,
    replacesId: null,
    lastUsedAt: null,
    enrollmentId: null,
    openedById: null,
    ceiling: {
      projectId: PROJECT,
      roles: ['INTERN', 'SPECIALIST'],
      budgetDailyMicros: 5_000_000,
      budgetPerRunMicros: 750_000,
      uses: 3,
    },
    ...overrides,
  }
}

export function agentRecord(overrides: Overrides<'agent'> = {}): RecordOf<'agent'> {
  return {
    ...inProject('agt'),
    principalId: newId('prn'),
    name: newId('name'),
    emoji: '🦀',
    role: 'SPECIALIST',
    isCao: false,
    status: 'ACTIVE',
    pausedBy: null,
    statusReason: null,
    statusChangedBy: null,
    drainRequestedAt: null,
    workspacePath: '/srv/agents/ada',
    allowedTaskTypes: ['DOCS', 'ENGINEERING'],
    allowedTools: null,
    capabilities: ['fs.read'],
    model: { primary: 'opus', fallback: null },
    budgetDailyMicros: 5_000_000,
    budgetPerRunMicros: 750_000,
    canSpawn: false,
    maxSubAgents: 0,
    parentAgentId: null,
    parentTaskId: null,
    purpose: null,
    ttlAt: null,
    retiredAt: null,
    maxConcurrentTasks: 2,
    metadata: { team: 'docs' },
    ...overrides,
  }
}

export function livenessRecord(overrides: Overrides<'liveness'> = {}): RecordOf<'liveness'> {
  return {
    ...inProject('agt'),
    lastHeartbeatAt: BASE_AT,
    silentAt: BASE_AT + 2_700_000,
    heartbeatIntervalMs: 900_000,
    health: 'HEALTHY',
    sessionKey: null,
    currentTaskId: null,
    soulVersionHash: null,
    errorStreak: 0,
    lastError: null,
    ...overrides,
  }
}

function workloadRecord(overrides: Overrides<'workload'> = {}): RecordOf<'workload'> {
  return {
    ...inProject('agt'),
    activeTaskIds: [newId('tsk')],
    openRuns: [{ runId: newId('run'), taskId: null, isStopped: false }],
    recentRuns: [{ runId: newId('run'), costMicros: 1_234 }],
    ...overrides,
  }
}

export function policyRecord(overrides: Overrides<'policy'> = {}): RecordOf<'policy'> {
  return {
    ...inProject('pol'),
    name: newId('name'),
    versionNo: drawn,
    scopeType: 'PROJECT',
    scopeId: '',
    state: 'DRAFT',
    basePolicyId: null,
    content: {
      rules: null,
      toolMap: null,
      shell: null,
      files: null,
      network: null,
      budgetDefaults: null,
      prices: null,
      spawn: null,
      loops: null,
      execution: null,
      retention: { previewDays: 30 },
    },
    notes: null,
    ...overrides,
  }
}

export function budgetRecord(overrides: Overrides<'budget'> = {}): RecordOf<'budget'> {
  return {
    ...inProject('bdg'),
    scopeType: 'AGENT',
    scopeId: newId('agt'),
    metric: 'USD',
    window: 'DAY',
    cap: 5_000_000,
    adjustments: [{ windowKey: '2025-10-09', amount: 1_000_000, approvalId: newId('apr') }],
    ...overrides,
  }
}

export function taskRecord(overrides: Overrides<'task'> = {}): RecordOf<'task'> {
  return {
    ...inProject('tsk'),
    title: 'Write the report',
    description: null,
    type: 'DOCS',
    priority: 2,
    labels: [],
    dueAt: null,
    status: 'INBOX',
    createdBy: newId('prn'),
    source: 'API',
    sourceRef: null,
    parentTaskId: null,
    followUpOfId: null,
    assigneeIds: [],
    reviewerId: null,
    dependsOn: [],
    claim: null,
    epoch: 0,
    lapsedAt: null,
    workedBy: [],
    returnStatus: null,
    waitingFor: [],
    blockedReason: null,
    workPlan: { bullets: ['look', 'write'], estimatedCostMicros: 40_000, estimatedDurationMs: null },
    deliverable: null,
    costSummary: null,
    checklist: null,
    reviewCycles: 0,
    submission: 0,
    transitionCount: 0,
    estimatedCostMicros: null,
    budgetAllocatedMicros: 1_000_000,
    startedAt: null,
    submittedAt: null,
    completedAt: null,
    redactedFields: [],
    metadata: null,
    ...overrides,
  }
}

export const ACTOR: EventDraft['actor'] = {
  kind: 'AGENT',
  id: 'prn_00000000000000000000000001',
  role: 'SPECIALIST',
  name: 'Ada',
  agentId: 'agt_00000000000000000000000001',
}

export function transitionRecord(overrides: Overrides<'transition'> = {}): RecordOf<'transition'> {
  return {
    ...inProject('trn'),
    taskId: newId('tsk'),
    seq: 1,
    from: 'INBOX',
    to: 'ASSIGNED',
    actor: ACTOR,
    reason: null,
    artifacts: { workPlan: null, deliverable: null, checklist: null },
    policyVersion: null,
    approvalId: null,
    ...overrides,
  }
}

export function messageRecord(overrides: Overrides<'message'> = {}): RecordOf<'message'> {
  return {
    ...inProject('msg'),
    taskId: newId('tsk'),
    threadId: null,
    author: ACTOR,
    type: 'COMMENT',
    content: 'Half done, @Grace.',
    replyToId: null,
    mentions: [newId('agt')],
    artifacts: [{ name: 'draft.md', type: 'DELIVERABLE', url: null, documentId: newId('doc') }],
    editedAt: null,
    editHistory: [{ content: 'Half done.', at: BASE_AT }],
    deliveredAt: null,
    readAt: null,
    redactedFields: [],
    ...overrides,
  }
}

function subscriptionRecord(overrides: Overrides<'subscription'> = {}): RecordOf<'subscription'> {
  const of = { taskId: newId('tsk'), principalId: newId('prn'), agentId: newId('agt') }
  return { ...inProject('sub'), ...of, isMuted: false, ...overrides }
}

function directThreadRecord(overrides: Overrides<'directThread'> = {}): RecordOf<'directThread'> {
  const participants: [string, string] = [newId('agt'), newId('agt')]
  const state = { blockedReason: null, unblockedAt: null }
  return { ...inProject('thr'), participants, pairKey: participants.join('+'), ...state, ...overrides }
}

function agentDocumentRecord(overrides: Overrides<'agentDocument'> = {}): RecordOf<'agentDocument'> {
  return {
    ...inProject('adc'),
    agentId: newId('agt'),
    type: 'DAILY_NOTE',
    key: '2025-10-09',
    content: '# Today',
    author: ACTOR,
    redactedFields: [],
    ...overrides,
  }
}

function agentDocumentVersionRecord(
  overrides: Overrides<'agentDocumentVersion'> = {},
): RecordOf<'agentDocumentVersion'> {
  return {
    ...inProject('adv'),
    documentId: newId('adc'),
    agentId: newId('agt'),
    versionNo: 1,
    content: '# Today',
    author: ACTOR,
    redactedFields: [],
    ...overrides,
  }
}

function errorReportRecord(overrides: Overrides<'errorReport'> = {}): RecordOf<'errorReport'> {
  return {
    ...inProject('err'),
    source: 'importer',
    errorType: 'API_ERROR',
    message: 'status 502',
    stack: null,
    context: { attempt: 2 },
    redactedFields: [],
    ...overrides,
  }
}

function performanceStatRecord(overrides: Overrides<'performanceStat'> = {}): RecordOf<'performanceStat'> {
  return {
    ...inProject('prf'),
    operation: newId('op'),
    day: '2025-10-09',
    count: 2,
    failures: 1,
    totalMs: 30,
    minMs: 10,
    maxMs: 20,
    ...overrides,
  }
}

export function documentRecord(overrides: Overrides<'document'> = {}): RecordOf<'document'> {
  return {
    ...inProject('doc'),
    name: 'report.md',
    type: 'REPORT',
    mimeType: 'text/markdown',
    content: '# Report',
    storageUrl: null,
    sizeBytes: 8,
    checksum: 'a'.repeat(64),
    taskId: newId('tsk'),
    agentId: null,
    isRedacted: false,
    previousVersionId: null,
    ...overrides,
  }
}

function reviewRecord(overrides: Overrides<'review'> = {}): RecordOf<'review'> {
  return {
    ...inProject('rvw'),
    taskId: newId('tsk'),
    submission: 1,
    reviewer: newId('prn'),
    verb: 'CHANGESET',
    deliverableHash: 'b'.repeat(64),
    summary: 'The totals do not add up.',
    score: null,
    status: 'OPEN',
    round: 1,
    response: null,
    claim: null,
    evidence: null,
    severity: null,
    items: [{ file: 'report.md', change: 'Add the totals again.', lineNumber: 12, resolution: null, resolvedAt: null }],
    redactedFields: [],
    ...overrides,
  }
}

export function runRecord(overrides: Overrides<'run'> = {}): RecordOf<'run'> {
  return {
    ...inProject('run'),
    agentId: newId('agt'),
    taskId: newId('tsk'),
    taskEpoch: 1,
    sessionKey: 'session',
    model: 'opus',
    reservationId: newId('rsv'),
    status: 'RUNNING',
    stopReason: null,
    startedAt: BASE_AT,
    endedAt: null,
    leaseUntil: BASE_AT + 900_000,
    capMicros: 750_000,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    billedMicros: 0,
    imputedMicros: 0,
    costStatus: null,
    lineCount: 0,
    error: null,
    redactedFields: [],
    ...overrides,
  }
}

export function usageLineRecord(overrides: Overrides<'usageLine'> = {}): RecordOf<'usageLine'> {
  return {
    ...inProject('usg'),
    runId: newId('run'),
    callId: newId('call'),
    agentId: newId('agt'),
    taskId: newId('tsk'),
    provider: 'anthropic',
    model: 'opus',
    label: null,
    tokens: { input: 100, output: 20, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    billing: 'METERED',
    billedMicros: 1_234,
    imputedMicros: null,
    costStatus: 'MEASURED',
    priceVersion: null,
    at: BASE_AT,
    ...overrides,
  }
}

function reservationRecord(overrides: Overrides<'reservation'> = {}): RecordOf<'reservation'> {
  return {
    ...inProject('rsv'),
    runId: newId('run'),
    accountIds: [accountOf(), accountOf()],
    amountMicros: 750_000,
    settledMicros: 0,
    baseMicros: 500_000,
    callHolds: [{ callId: 'call-1', amountMicros: 250_000, expiresAt: BASE_AT + 300_000 }],
    callHoldsDueAt: BASE_AT + 300_000,
    status: 'HELD',
    expiresAt: BASE_AT + 900_000,
    ...overrides,
  }
}

export function ledgerEntryRecord(overrides: Overrides<'ledgerEntry'> = {}): RecordOf<'ledgerEntry'> {
  return {
    ...inProject('led'),
    accountId: accountOf(),
    reservationId: newId('rsv'),
    kind: 'SETTLE',
    reserved: -750_000,
    settled: 600_000,
    at: BASE_AT,
    ...overrides,
  }
}

function toolCallRecord(overrides: Overrides<'toolCall'> = {}): RecordOf<'toolCall'> {
  return {
    ...inProject('tcl'),
    agentId: newId('agt'),
    runId: newId('run'),
    taskId: newId('tsk'),
    taskEpoch: 1,
    callId: newId('call'),
    toolName: 'read_file',
    capability: 'fs.read',
    riskLevel: 'GREEN',
    decisionId: newId('dec'),
    approvalId: null,
    grantId: null,
    status: 'RUNNING',
    decision: 'ALLOW',
    payloadHash: 'c'.repeat(64),
    cwd: '/srv/agents/ada',
    startedAt: BASE_AT,
    endedAt: null,
    error: null,
    inputPreview: 'README.md',
    outputPreview: null,
    inputHash: 'd'.repeat(64),
    outputHash: null,
    redactedFields: [],
    ...overrides,
  }
}

export function decisionRecord(overrides: Overrides<'decision'> = {}): RecordOf<'decision'> {
  return {
    ...inProject('dec'),
    action: 'TOOL_CALL',
    agentId: newId('agt'),
    runId: null,
    taskId: null,
    toolCallId: newId('tcl'),
    capability: 'fs.read',
    decision: 'DENY',
    riskLevel: 'RED',
    reason: 'outside the workspace',
    violations: [{ step: 7, code: 'PATH', detail: '/etc/shadow', verdict: 'DENY', overridable: false }],
    facts: { path: '/etc/shadow', depth: [1, 2.5, null] },
    approvalId: null,
    hint: { actionType: 'TOOL_CALL', suggestedJustification: 'why' },
    budget: {
      dailyMicros: 5_000_000,
      settledMicros: 1,
      reservedMicros: 2,
      remainingMicros: 4_999_997,
      perRunMicros: 750_000,
    },
    payloadHash: 'e'.repeat(64),
    policyVersion: 'default@1',
    ...overrides,
  }
}

export function approvalRecord(overrides: Overrides<'approval'> = {}): RecordOf<'approval'> {
  return {
    ...inProject('apr'),
    requesterId: newId('prn'),
    onBehalfOfAgentId: newId('agt'),
    taskId: newId('tsk'),
    taskEpoch: 1,
    runId: null,
    toolCallId: newId('tcl'),
    covers: [],
    riskLevel: 'RED',
    actionType: 'TOOL_CALL',
    actionSummary: 'Delete the build output',
    payload: { argv: ['rm', '-r', 'dist'] },
    payloadHash: newId('hash'),
    justification: 'It is stale.',
    rollbackPlan: 'Build again.',
    estimatedCostMicros: null,
    policyVersion: null,
    expiresAt: BASE_AT + 3_600_000,
    ttlMs: 3_600_000,
    escalationLevel: 0,
    escalatesAt: null,
    status: 'PENDING',
    requiredDecisions: 2,
    decidedAt: null,
    decisions: [
      {
        principalId: newId('prn'),
        kind: 'HUMAN',
        name: 'Olga',
        verdict: 'APPROVE',
        reason: null,
        secondFactor: true,
        at: BASE_AT,
      },
    ],
    maxUses: 1,
    grantExpiresAt: null,
    usedAt: null,
    redactedFields: [],
    ...overrides,
  }
}

export function alertRecord(overrides: Overrides<'alert'> = {}): RecordOf<'alert'> {
  return {
    ...inProject('alr'),
    type: 'BUDGET_WARNING',
    severity: 'WARNING',
    title: 'Half of the budget is gone',
    description: '',
    agentId: newId('agt'),
    taskId: null,
    runId: null,
    dedupeKey: newId('key'),
    count: 1,
    status: 'OPEN',
    acknowledgedBy: null,
    acknowledgedAt: null,
    resolvedAt: null,
    resolutionNote: null,
    ...overrides,
  }
}

export function notificationRecord(overrides: Overrides<'notification'> = {}): RecordOf<'notification'> {
  return {
    ...inProject('ntf'),
    targetKind: 'AGENT',
    targetId: newId('agt'),
    channel: 'HEARTBEAT',
    type: 'MENTION',
    subject: 'message/msg_1',
    title: 'You were mentioned',
    body: 'Half done, @Grace.',
    refs: { taskId: newId('tsk'), approvalId: null, agentId: null, runId: null },
    status: 'PENDING',
    attempts: 0,
    maxAttempts: 5,
    nextAttemptAt: null,
    sendAfter: BASE_AT,
    expiresAt: BASE_AT + 86_400_000,
    lastError: null,
    externalId: null,
    deliveredAt: null,
    ackedAt: null,
    redactedFields: [],
    ...overrides,
  }
}

function webhookRecord(overrides: Overrides<'webhook'> = {}): RecordOf<'webhook'> {
  return {
    ...inProject('whk'),
    url: 'https://receiver.example/hook',
    description: null,
    events: ['task.*'],
    secretRef: 'k1/whk_1/1',
    secretNo: 1,
    previousSecretRef: null,
    previousSecretUntil: null,
    status: 'ACTIVE',
    disabledReason: null,
    deletedAt: null,
    ...overrides,
  }
}

function webhookFeedRecord(overrides: Overrides<'webhookFeed'> = {}): RecordOf<'webhookFeed'> {
  return { ...inProject('whk'), cursor: null, startAt: BASE_AT, failingSince: null, ...overrides }
}

function webhookDeliveryRecord(overrides: Overrides<'webhookDelivery'> = {}): RecordOf<'webhookDelivery'> {
  return {
    ...inProject('whd'),
    webhookId: newId('whk'),
    eventId: newId('evt'),
    eventType: 'task.created',
    body: '{"id":"evt_1"}',
    status: 'PENDING',
    attempts: 0,
    nextAttemptAt: BASE_AT,
    lastStatus: null,
    lastError: null,
    deliveredAt: null,
    ...overrides,
  }
}

function executorRecord(overrides: Overrides<'executor'> = {}): RecordOf<'executor'> {
  return {
    ...inProject('exr'),
    principalId: newId('prn'),
    name: newId('executor'),
    kind: 'CLAUDE_CODE',
    types: ['CODE_CHANGE', 'OPS'],
    capacity: 2,
    costWeight: 1,
    healthy: true,
    lastSeenAt: BASE_AT,
    load: 1,
    ...overrides,
  }
}

function executionRecord(overrides: Overrides<'execution'> = {}): RecordOf<'execution'> {
  return {
    ...inProject('exn'),
    taskId: newId('tsk'),
    requestedBy: newId('prn'),
    agentId: newId('agt'),
    toolCallId: newId('tcl'),
    type: 'CODE_CHANGE',
    executorKind: 'CURSOR',
    status: 'ASSIGNED',
    executorId: newId('exr'),
    attempt: 1,
    leaseUntil: BASE_AT + 300_000,
    epoch: 1,
    pendingAt: null,
    payload: { repository: 'guide', change: 'mend the link' },
    result: null,
    error: null,
    costMicros: 250_000,
    deadLetter: false,
    redactedFields: ['payload.token'],
    ...overrides,
  }
}

function jobLeaseRecord(overrides: Overrides<'jobLease'> = {}): RecordOf<'jobLease'> {
  return {
    ...inInstallation('job'),
    job: newId('sweep'),
    key: 'all',
    owner: 'one host',
    leaseUntil: BASE_AT,
    lastRunKey: '2026-01-31',
    cursor: null,
    ...overrides,
  }
}

function telegramLinkRecord(overrides: Overrides<'telegramLink'> = {}): RecordOf<'telegramLink'> {
  return {
    ...inInstallation('tgl'),
    telegramUserId: newId('user'),
    principalId: newId('prn'),
    currentProjectId: null,
    pairedAt: BASE_AT,
    lastUpdateId: 7,
    heldUpdateId: null,
    heldBy: null,
    heldUntil: 0,
    ...overrides,
  }
}

function telegramCodeRecord(overrides: Overrides<'telegramCode'> = {}): RecordOf<'telegramCode'> {
  const of = { principalId: newId('prn'), codeHash: newId('hash') }
  return { ...inInstallation('tgc'), ...of, expiresAt: BASE_AT, usedAt: null, ...overrides }
}

function telegramMessageRecord(overrides: Overrides<'telegramMessage'> = {}): RecordOf<'telegramMessage'> {
  return {
    ...inProject('tgm'),
    kind: 'APPROVAL',
    subject: `approval/${newId('apr')}`,
    taskId: null,
    chatId: '-100200300',
    topicId: null,
    messageId: 12,
    yesHash: newId('yes'),
    noHash: newId('no'),
    verdict: null,
    forUserId: null,
    shown: null,
    expiresAt: BASE_AT,
    closedAt: null,
    ...overrides,
  }
}

/** A valid record of every kind. */
export const FIXTURES: { readonly [K in Kind]: (overrides?: Overrides<K>) => RecordOf<K> } = {
  system: systemRecord,
  project: projectRecord,
  principal: principalRecord,
  credential: credentialRecord,
  agent: agentRecord,
  liveness: livenessRecord,
  workload: workloadRecord,
  policy: policyRecord,
  budget: budgetRecord,
  task: taskRecord,
  transition: transitionRecord,
  message: messageRecord,
  directThread: directThreadRecord,
  subscription: subscriptionRecord,
  document: documentRecord,
  review: reviewRecord,
  run: runRecord,
  usageLine: usageLineRecord,
  reservation: reservationRecord,
  ledgerEntry: ledgerEntryRecord,
  toolCall: toolCallRecord,
  decision: decisionRecord,
  approval: approvalRecord,
  alert: alertRecord,
  notification: notificationRecord,
  webhook: webhookRecord,
  webhookFeed: webhookFeedRecord,
  webhookDelivery: webhookDeliveryRecord,
  jobLease: jobLeaseRecord,
  executor: executorRecord,
  execution: executionRecord,
  agentDocument: agentDocumentRecord,
  agentDocumentVersion: agentDocumentVersionRecord,
  telegramLink: telegramLinkRecord,
  telegramCode: telegramCodeRecord,
  telegramMessage: telegramMessageRecord,
  errorReport: errorReportRecord,
  performanceStat: performanceStatRecord,
}

export function eventDraft(overrides: Partial<EventDraft> = {}): EventDraft {
  const id = newId('evt')
  return {
    id,
    projectId: PROJECT,
    kind: 'TASK_UPDATED',
    subject: `task/${id}`,
    time: BASE_AT + drawn,
    actor: ACTOR,
    taskId: null,
    agentId: null,
    runId: null,
    summary: 'Something happened',
    reason: null,
    data: {},
    policyVersion: null,
    costMicros: null,
    traceparent: null,
    ...overrides,
  }
}

/** An account that nobody has touched, unless its scope is given. */
export function accountOf(scopeId = newId('agt'), projectId = PROJECT): string {
  return accountId({ projectId, scopeType: 'AGENT', scopeId, metric: 'USD', window: 'DAY', windowKey: '2025-10-09' })
}

export function receiptKey(overrides: Partial<ReceiptKey> = {}): ReceiptKey {
  return { projectId: PROJECT, principalId: ACTOR.id, command: 'tasks.claim', key: newId('idem'), ...overrides }
}

export function receiptUntil(expiresAt: number, overrides: Partial<Receipt> = {}): Receipt {
  return { requestHash: '0'.repeat(64), response: { ok: true, data: { id: 'tsk_1' } }, expiresAt, ...overrides }
}
