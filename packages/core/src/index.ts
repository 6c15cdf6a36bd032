// The public surface of @mission-control/core. Every export is a promise: it is documented, and it changes only
// as VERSIONING.md says. Adapter authors find the storage port at @mission-control/core/storage.

export { connectMissionControl, type MissionControlClient } from './client.ts'
export type { DemoCast, DemoMember } from './demo/demo-people.ts'
export { seedDemo } from './demo/seed-demo.ts'
export { DEMO_SQUAD, type DemoAgent } from './demo/squad.ts'
export type { BackupRequest } from './engine/backup.ts'
export type { Exported, ExportRequest } from './engine/export.ts'
export type { Keeping } from './engine/keeping.ts'
export type { LogLag, LogRecord } from './engine/record.ts'
export type { RestoreRequest } from './engine/restore.ts'
export { isMissionControlError, MissionControlError, RefusedError, unwrap } from './errors.ts'
export type { BackupOptions } from './jobs/backup.ts'
export type { Outbox, OutboxReport } from './jobs/outbox.ts'
export type { Jobs, JobsReport } from './jobs.ts'
// Using it
export {
  type AuthenticateContext,
  createMissionControl,
  type KnownCaller,
  type MissionControl,
  type MissionControlOptions,
} from './mission-control.ts'
// What it keeps
export type { Agent, Liveness, Workload } from './model/agent.ts'
export type { AgentDocument } from './model/agent-document.ts'
export type { Approval } from './model/approval.ts'
export type { BackupManifest } from './model/backup.ts'
export { EVENT_KINDS, type EventKind, eventType } from './model/event.ts'
export type { ExecutionPlan } from './model/execution-plan.ts'
export type { DirectThread, Document, Message } from './model/message.ts'
export { microsFromUsd, usdFromMicros } from './model/money.ts'
export type { Alert, Notification } from './model/notification.ts'
export { type PolicyContent, policyContent } from './model/policy.ts'
export type { Policy } from './model/policy-version.ts'
export type { CallPrice, ListPrice, PriceTier, TokenPrice } from './model/price.ts'
export type { Principal } from './model/principal.ts'
export type { Project } from './model/project.ts'
export { RECORDS } from './model/records.ts'
export { CODES, type Code, type FieldError, type Outcome, type Refusal } from './model/refusal.ts'
export type { Review } from './model/review.ts'
export type { Run, Tokens, UsageLine } from './model/run.ts'
export type { Checkpoint, LogHead, Seal } from './model/seal.ts'
export { TASK_STATUSES, TASK_TYPES, type Task, type TaskStatus, type TaskType, type Transition } from './model/task.ts'
export { BRIDGE_SCOPE, type TelegramLink, type TelegramMessage } from './model/telegram.ts'
export type { HostFacts } from './model/tool-act.ts'
export type { DecisionRecord, RiskLevel, ToolCall } from './model/tool-call.ts'
export { tokensFromUsage, tokensSince, USAGE_SOURCES, type UsageSource } from './model/usage-shapes.ts'
export type { Webhook, WebhookDelivery } from './model/webhook.ts'
export type { AgentWorkspace, WorkspaceCall, WorkspaceResult } from './ports/agent-workspace.ts'
export type { BackupPart, BackupPlace, BackupWriter } from './ports/backup-place.ts'
export type { CheckpointKeeper } from './ports/checkpoints.ts'
export { type Clock, systemClock } from './ports/clock.ts'
export type { HealthProbe } from './ports/health-probe.ts'
export { type Ids, secureIds } from './ports/ids.ts'
export { type Logger, silentLogger } from './ports/logger.ts'
export type {
  ApprovalCard,
  ApprovalCardOutcome,
  ApprovalChannel,
  CardDecision,
  Delivery,
  DeliveryResult,
  NotificationChannel,
} from './ports/notification-channel.ts'
export { type OneTimeCodes, totpCodes } from './ports/one-time-codes.ts'
export type { Pause } from './ports/pause.ts'
export type { PriceBook } from './ports/price-book.ts'
export { ed25519Signer, generatedSigner, type Signer } from './ports/signer.ts'
export type { StoredEvent } from './ports/storage.ts'
export type { Span, SpanAttributes, SpanStart, Tracer } from './ports/tracer.ts'
export type { CallContext, SubscribeRequest, Transport } from './ports/transport.ts'
export type { WebhookAnswer, WebhookCarrier, WebhookOptions, WebhookPost, WebhookSecrets } from './ports/webhooks.ts'
export type { BurnRate, BurnShare } from './queries/burn-rate.ts'
export type { CostGroup, CostSummary } from './queries/costs.ts'
export { type ExportPage, ROW_PARTS, type RowPart } from './queries/exports.ts'
export type { Health } from './queries/health.ts'
export type { HealthStatus } from './queries/health-status.ts'
export type { HeartbeatReply } from './queries/heartbeat-reply.ts'
export type { Page } from './queries/page.ts'
export type { Difference, Replayed } from './queries/replay-log.ts'
export type { DocumentHit, TaskHit } from './queries/search.ts'
export type { TelegramPairing } from './queries/telegram.ts'
export type { TelegramNews } from './queries/telegram-news.ts'
export type { TelegramCard, TelegramNote, TelegramWork } from './queries/telegram-work.ts'
export type { Verified } from './queries/verify-chain.ts'
export type { LedgerVerified } from './queries/verify-ledger.ts'
export { type VerifiableStore, verifyStore } from './queries/verify-store.ts'
// Extending it
export { OPERATIONS, type Operation } from './registry.ts'
export type { StoreViolation } from './rules/audit/facts.ts'
export { AUDITED_INVARIANTS, type StoreVerified } from './rules/audit/store-audit.ts'
export type { ChainFault, FirstBad } from './rules/chain.ts'
// Rules worth asking directly
export { CHECKLISTS } from './rules/checklists.ts'
export { type EventEnvelope, envelopeOf } from './rules/envelope.ts'
export { type ExportManifest, manifestText } from './rules/export/manifest.ts'
export type { ExportFile, ExportFormat, ExportPart } from './rules/export/render.ts'
export { ROW_FORMATS, type RowFormat, type RowWriter, rowWriter } from './rules/export/write-rows.ts'
export type { LedgerFault } from './rules/ledger-faults.ts'
export { DEFAULT_POLICY } from './rules/policy/defaults.ts'
export { type WithheldPlace, withheldPaths } from './rules/policy/withheld.ts'
export { redactText } from './rules/redaction.ts'
export { findEdge, TRANSITIONS } from './rules/task-lifecycle.ts'
export { webhookSecrets } from './rules/webhooks/secrets.ts'
export { webhookTargetProblem } from './rules/webhooks/target.ts'
// Building an agent
export {
  type AgentOptions,
  type AgentStep,
  createAgent,
  type RunningAgent,
  type Submission,
} from './runtime/create-agent.ts'
export { ToolDenied, WorkStopped } from './runtime/errors.ts'
export { exportPages } from './runtime/export-pages.ts'
export type { GuardOptions, TaskContext, Usage } from './runtime/task-context.ts'
export { type AwaitedDecision, waitForDecision } from './runtime/wait-for-decision.ts'
