import { KINDS, type Kind } from '@mission-control/core/storage'

/** The schema that holds everything of Mission Control, beside the tables of the application. */
export const SCHEMA = 'mission_control'

export type ColumnType = 'text' | 'int8' | 'bool' | 'jsonb'

export interface Column {
  /** The field of the record, as in `leaseUntil`. */
  readonly field: string
  /** The column, as in `lease_until`. */
  readonly name: string
  readonly type: ColumnType
}

/** A table whose rows are records. */
export interface RecordTable {
  /** Without the schema. */
  readonly name: string
  readonly columns: readonly Column[]
  readonly columnOf: ReadonlyMap<string, Column>
}

/** Fields by the type of their column; what is composite is kept as jsonb. */
type Fields = Readonly<Partial<Record<ColumnType, string>>>

/** What every record has. */
const COMMON: Fields = { text: 'id projectId', int8: 'version createdAt updatedAt' }

function recordTable(name: string, ...groups: readonly Fields[]): RecordTable {
  const columns = groups.flatMap((fields) =>
    Object.entries(fields).flatMap(([type, names]) =>
      names.split(/\s+/).map((field) => ({ field, name: snakeCase(field), type: type as ColumnType })),
    ),
  )
  return { name, columns, columnOf: new Map(columns.map((column) => [column.field, column])) }
}

/** `leaseUntil` becomes `lease_until`. */
export function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/**
 * The table of each kind. Their order is the order in which commits lock rows; two commits that lock the same rows
 * in different orders would wait for each other for ever. So new kinds may be put in anywhere, but old and new
 * versions of this package must not run side by side after kinds changed places.
 */
export const RECORD_TABLES: Readonly<Record<Kind, RecordTable>> = {
  system: recordTable('systems', COMMON, { text: 'operatorMode', int8: 'bootstrappedAt' }),
  project: recordTable('projects', COMMON, {
    text: 'name slug description timeZone status operatorMode',
    jsonb: 'policyDefaults metadata',
  }),
  principal: recordTable('principals', COMMON, {
    text: 'kind displayName role agentId status',
    int8: 'lastCodeNumber',
    bool: 'totpEnrolled',
    jsonb: 'projectIds',
  }),
  credential: recordTable('credentials', COMMON, {
    text: 'principalId kind keyId secretHash status replacesId enrollmentId openedById',
    int8: 'expiresAt lastUsedAt',
    jsonb: 'scopes ceiling',
  }),
  agent: recordTable('agents', COMMON, {
    text: 'principalId name emoji role status pausedBy statusReason statusChangedBy workspacePath parentAgentId parentTaskId purpose',
    int8: 'drainRequestedAt budgetDailyMicros budgetPerRunMicros maxSubAgents ttlAt retiredAt maxConcurrentTasks',
    bool: 'isCao canSpawn',
    jsonb: 'allowedTaskTypes allowedTools capabilities model metadata',
  }),
  policy: recordTable('policies', COMMON, {
    text: 'name scopeType scopeId state basePolicyId notes',
    int8: 'versionNo',
    jsonb: 'content',
  }),
  budget: recordTable('budgets', COMMON, {
    text: 'scopeType scopeId metric window',
    int8: 'cap',
    jsonb: 'adjustments',
  }),
  task: recordTable('tasks', COMMON, {
    text: `title description type status createdBy source sourceRef parentTaskId followUpOfId reviewerId returnStatus
      blockedReason`,
    int8: `priority dueAt epoch lapsedAt reviewCycles submission transitionCount estimatedCostMicros
      budgetAllocatedMicros startedAt submittedAt completedAt`,
    jsonb: `labels assigneeIds dependsOn claim workedBy waitingFor workPlan deliverable costSummary checklist
      redactedFields metadata`,
  }),
  workload: recordTable('workloads', COMMON, { jsonb: 'activeTaskIds openRuns recentRuns' }),
  liveness: recordTable('liveness', COMMON, {
    text: 'health sessionKey currentTaskId soulVersionHash lastError',
    int8: 'lastHeartbeatAt silentAt heartbeatIntervalMs errorStreak',
  }),
  run: recordTable('runs', COMMON, {
    text: 'agentId taskId sessionKey model reservationId status stopReason costStatus error',
    int8: `taskEpoch startedAt endedAt leaseUntil capMicros inputTokens outputTokens cacheReadTokens cacheWriteTokens
      reasoningTokens billedMicros imputedMicros lineCount`,
    jsonb: 'redactedFields',
  }),
  reservation: recordTable('reservations', COMMON, {
    text: 'runId status',
    int8: 'amountMicros settledMicros baseMicros callHoldsDueAt expiresAt',
    jsonb: 'accountIds callHolds',
  }),
  toolCall: recordTable('tool_calls', COMMON, {
    text: `agentId runId taskId callId toolName capability riskLevel decisionId approvalId grantId status decision
      payloadHash cwd error inputPreview outputPreview inputHash outputHash`,
    int8: 'taskEpoch startedAt endedAt',
    jsonb: 'redactedFields',
  }),
  approval: recordTable('approvals', COMMON, {
    text: `requesterId onBehalfOfAgentId taskId runId toolCallId riskLevel actionType actionSummary payloadHash
      justification rollbackPlan policyVersion status`,
    int8: `taskEpoch estimatedCostMicros expiresAt ttlMs escalationLevel escalatesAt requiredDecisions decidedAt maxUses
      grantExpiresAt usedAt`,
    jsonb: 'covers payload decisions redactedFields',
  }),
  review: recordTable('reviews', COMMON, {
    text: 'taskId reviewer verb deliverableHash summary status response claim evidence severity',
    int8: 'submission score round',
    jsonb: 'items redactedFields',
  }),
  alert: recordTable('alerts', COMMON, {
    text: `type severity title description agentId taskId runId dedupeKey status acknowledgedBy resolutionNote`,
    int8: 'count acknowledgedAt resolvedAt',
  }),
  notification: recordTable('notifications', COMMON, {
    text: 'targetKind targetId channel type subject title body status lastError externalId',
    int8: 'attempts maxAttempts nextAttemptAt sendAfter expiresAt deliveredAt ackedAt',
    jsonb: 'refs redactedFields',
  }),
  webhook: recordTable('webhooks', COMMON, {
    text: 'url description secretRef previousSecretRef status disabledReason',
    int8: 'secretNo previousSecretUntil deletedAt',
    jsonb: 'events',
  }),
  webhookFeed: recordTable('webhook_feeds', COMMON, { text: 'cursor', int8: 'startAt failingSince' }),
  webhookDelivery: recordTable('webhook_deliveries', COMMON, {
    text: 'webhookId eventId eventType body status lastError',
    int8: 'attempts nextAttemptAt lastStatus deliveredAt',
  }),
  executor: recordTable('executors', COMMON, {
    text: 'principalId name kind',
    int8: 'capacity costWeight lastSeenAt load',
    bool: 'healthy',
    jsonb: 'types',
  }),
  execution: recordTable('executions', COMMON, {
    text: 'taskId requestedBy agentId toolCallId type executorKind status executorId error',
    int8: 'attempt leaseUntil epoch pendingAt costMicros',
    bool: 'deadLetter',
    jsonb: 'payload result redactedFields',
  }),
  jobLease: recordTable('job_leases', COMMON, { text: 'job key owner lastRunKey cursor', int8: 'leaseUntil' }),
  message: recordTable('messages', COMMON, {
    text: 'taskId threadId type content replyToId',
    int8: 'editedAt deliveredAt readAt',
    jsonb: 'author mentions artifacts editHistory redactedFields',
  }),
  directThread: recordTable('direct_threads', COMMON, {
    text: 'pairKey blockedReason',
    int8: 'unblockedAt',
    jsonb: 'participants',
  }),
  subscription: recordTable('subscriptions', COMMON, { text: 'taskId principalId agentId', bool: 'isMuted' }),
  telegramLink: recordTable('telegram_links', COMMON, {
    text: 'telegramUserId principalId currentProjectId heldBy',
    int8: 'pairedAt lastUpdateId heldUpdateId heldUntil',
  }),
  telegramCode: recordTable('telegram_codes', COMMON, { text: 'principalId codeHash', int8: 'expiresAt usedAt' }),
  telegramMessage: recordTable('telegram_messages', COMMON, {
    text: 'kind subject taskId chatId yesHash noHash verdict forUserId shown',
    int8: 'topicId messageId expiresAt closedAt',
  }),
  agentDocument: recordTable('agent_documents', COMMON, {
    text: 'agentId type key content',
    jsonb: 'author redactedFields',
  }),
  performanceStat: recordTable('performance_stats', COMMON, {
    text: 'operation day',
    int8: 'count failures totalMs minMs maxMs',
  }),
  document: recordTable('documents', COMMON, {
    text: 'name type mimeType content storageUrl checksum taskId agentId previousVersionId',
    int8: 'sizeBytes',
    bool: 'isRedacted',
  }),
  agentDocumentVersion: recordTable('agent_document_versions', COMMON, {
    text: 'documentId agentId content',
    int8: 'versionNo',
    jsonb: 'author redactedFields',
  }),
  errorReport: recordTable('error_reports', COMMON, {
    text: 'source errorType message stack',
    jsonb: 'context redactedFields',
  }),
  transition: recordTable('transitions', COMMON, {
    text: 'taskId from to reason policyVersion approvalId',
    int8: 'seq',
    jsonb: 'actor artifacts',
  }),
  decision: recordTable('decisions', COMMON, {
    text: `action agentId runId taskId toolCallId capability decision riskLevel reason approvalId payloadHash
      policyVersion`,
    jsonb: 'violations facts hint budget',
  }),
  usageLine: recordTable('usage_lines', COMMON, {
    text: 'runId callId agentId taskId provider model label billing costStatus priceVersion',
    int8: 'billedMicros imputedMicros at',
    jsonb: 'tokens',
  }),
  ledgerEntry: recordTable('ledger_entries', COMMON, {
    text: 'accountId reservationId kind',
    int8: 'reserved settled at',
  }),
}

/** The log. Its rows are events; place and seal are columns beside them. */
export const EVENT_TABLE: RecordTable = recordTable('events', {
  text: 'id projectId kind subject taskId agentId runId summary reason policyVersion traceparent',
  int8: 'time costMicros',
  jsonb: 'actor data',
})

/** All kinds in the order their rows are locked. */
export const LOCK_ORDER: readonly Kind[] = Object.keys(RECORD_TABLES) as Kind[]

/** The kind whose rows a table holds; undefined for the other tables. */
export function kindOfTable(name: string): Kind | undefined {
  return KINDS.find((kind) => RECORD_TABLES[kind].name === name)
}

/** A table with its schema, for a statement. */
export function tableName({ name }: RecordTable): string {
  return `${SCHEMA}.${name}`
}

/** A quoted column, since some fields are words of SQL: `"from"`, `"to"`, `"window"`. */
export function quoted({ name }: Column): string {
  return `"${name}"`
}
