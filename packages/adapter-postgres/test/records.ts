import type { Commit, EventDraft, Kind, Put, RecordOf, Storage } from '@mission-control/core/storage'

export const PROJECT = 'prj_1'
const AT = 1_767_600_000_000

let drawn = 0
export function newId(prefix: string): string {
  drawn += 1
  return `${prefix}_${String(drawn).padStart(8, '0')}`
}

function base(id: string) {
  return { id, version: 1, createdAt: AT, updatedAt: AT }
}

export function systemRecord(): RecordOf<'system'> {
  return { ...base('system'), projectId: null, operatorMode: 'NORMAL', bootstrappedAt: AT }
}

export function projectRecord(id = PROJECT): RecordOf<'project'> {
  return {
    ...base(id),
    projectId: null,
    name: id,
    slug: id.replaceAll('_', '-'),
    description: null,
    timeZone: 'UTC',
    status: 'ACTIVE',
    operatorMode: 'NORMAL',
    policyDefaults: null,
    metadata: null,
  }
}

export function principalRecord(id = newId('prn')): RecordOf<'principal'> {
  return {
    ...base(id),
    projectId: null,
    kind: 'HUMAN',
    displayName: id,
    role: 'OPERATOR',
    projectIds: 'ALL',
    agentId: null,
    status: 'ACTIVE',
    totpEnrolled: false,
    lastCodeNumber: null,
  }
}

export function agentRecord(id = newId('agt'), projectId = PROJECT): RecordOf<'agent'> {
  return {
    ...base(id),
    projectId,
    principalId: `prn_${id}`,
    name: id,
    emoji: null,
    role: 'SPECIALIST',
    isCao: false,
    status: 'ACTIVE',
    pausedBy: null,
    statusReason: null,
    statusChangedBy: null,
    drainRequestedAt: null,
    workspacePath: './',
    allowedTaskTypes: [],
    allowedTools: null,
    capabilities: [],
    model: null,
    budgetDailyMicros: 1,
    budgetPerRunMicros: 1,
    canSpawn: false,
    maxSubAgents: 0,
    parentAgentId: null,
    parentTaskId: null,
    purpose: null,
    ttlAt: null,
    retiredAt: null,
    maxConcurrentTasks: 3,
    metadata: null,
  }
}

export function policyRecord(id = newId('pol')): RecordOf<'policy'> {
  return {
    ...base(id),
    projectId: PROJECT,
    name: id,
    versionNo: 1,
    scopeType: 'PROJECT',
    scopeId: '',
    state: 'ACTIVE',
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
      retention: null,
    },
    notes: null,
  }
}

export function budgetRecord(id = newId('bdg')): RecordOf<'budget'> {
  return {
    ...base(id),
    projectId: PROJECT,
    scopeType: 'AGENT',
    scopeId: id,
    metric: 'USD',
    window: 'DAY',
    cap: 1,
    adjustments: [],
  }
}

export function livenessRecord(id = newId('agt')): RecordOf<'liveness'> {
  return {
    ...base(id),
    projectId: PROJECT,
    lastHeartbeatAt: AT,
    silentAt: null,
    heartbeatIntervalMs: 900_000,
    health: 'IDLE',
    sessionKey: null,
    currentTaskId: null,
    soulVersionHash: null,
    errorStreak: 0,
    lastError: null,
  }
}

export function taskRecord(id = newId('tsk'), projectId = PROJECT): RecordOf<'task'> {
  return {
    ...base(id),
    projectId,
    title: 'A task',
    description: null,
    type: 'DOCS',
    priority: 3,
    labels: [],
    dueAt: null,
    status: 'INBOX',
    createdBy: 'prn_1',
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
    workPlan: null,
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
  }
}

const ACTOR: EventDraft['actor'] = { kind: 'SYSTEM', id: 'system', role: 'SYSTEM', name: 'Test', agentId: null }

export function transitionRecord(task: RecordOf<'task'>, to: RecordOf<'task'>['status']): RecordOf<'transition'> {
  return {
    ...base(newId('trn')),
    projectId: task.projectId,
    taskId: task.id,
    seq: task.transitionCount + 1,
    from: task.status,
    to,
    actor: ACTOR,
    reason: null,
    artifacts: { workPlan: null, deliverable: null, checklist: null },
    policyVersion: null,
    approvalId: null,
  }
}

export function eventDraft(overrides: Partial<EventDraft> = {}): EventDraft {
  return {
    id: newId('evt'),
    projectId: PROJECT,
    kind: 'TASK_UPDATED',
    subject: 'task/tsk_1',
    time: AT,
    actor: ACTOR,
    taskId: null,
    agentId: null,
    runId: null,
    summary: 'something happened',
    reason: null,
    data: {},
    policyVersion: null,
    costMicros: null,
    traceparent: null,
    ...overrides,
  }
}

export function accountOf(scopeId = newId('agt')): string {
  return `${PROJECT}/AGENT/${scopeId}/USD/DAY/2026-01-05`
}

export function commitOf(parts: Partial<Commit>): Commit {
  return { projectId: PROJECT, checks: [], puts: [], adds: [], events: [], receipt: null, ...parts }
}

export function put<K extends Kind>(kind: K, record: RecordOf<K>): Put {
  return { kind, record } as Put
}

/** Writes records, each checked for the version before. */
export function writing(puts: readonly Put[], parts: Partial<Commit> = {}): Commit {
  const checks = puts.map(({ kind, record }) => ({ kind, id: record.id, version: record.version - 1 || null }))
  return commitOf({ puts, ...parts, checks: [...checks, ...(parts.checks ?? [])] })
}

/** The next version of a record. */
export function changed<R extends { version: number }>(record: R, fields: Partial<R>): R {
  return { ...record, ...fields, version: record.version + 1 }
}

/** Stores new records, or fails the test. */
export async function stored(storage: Storage, ...puts: readonly Put[]): Promise<void> {
  const isOfProject = puts.some(({ record }) => record.projectId !== null)
  const outcome = await storage.commit(writing(puts, isOfProject ? {} : { projectId: null }))
  if (outcome.status !== 'applied') throw new Error(`not stored: ${JSON.stringify(outcome)}`)
}

/** A claim: the task gets a holder, together with the move and an event; `checks` are the settings it relies on. */
export function claimOf(task: RecordOf<'task'>, agentId: string, checks: Commit['checks']): Commit {
  const next = changed(task, {
    status: 'ASSIGNED',
    claim: { agentId, leaseUntil: AT, epoch: task.epoch + 1 },
    epoch: task.epoch + 1,
    assigneeIds: [agentId],
    transitionCount: task.transitionCount + 1,
  })
  const events = [eventDraft({ kind: 'CLAIM_GRANTED', taskId: task.id, agentId })]
  return writing([put('task', next), put('transition', transitionRecord(task, 'ASSIGNED'))], { checks, events })
}
