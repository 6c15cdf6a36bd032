// The public surface of @mission-control/core. Every export is a promise: it is documented, and it changes only
// as VERSIONING.md says. Adapter authors find the storage port at @mission-control/core/storage.

// Using it
export { type MissionControl, type MissionControlOptions, createMissionControl } from './mission-control.ts'
export { connectMissionControl, type MissionControlClient } from './client.ts'
export type { Jobs, JobsReport } from './engine/jobs.ts'
export { isMissionControlError, MissionControlError, RefusedError, unwrap } from './errors.ts'
export { type Code, CODES, type FieldError, type Outcome, type Refusal } from './model/refusal.ts'
export { microsFromUsd, usdFromMicros } from './model/money.ts'

// Building an agent
export { type AgentOptions, type AgentStep, createAgent, type RunningAgent, type Submission } from './runtime/create-agent.ts'
export type { GuardOptions, TaskContext, Usage } from './runtime/task-context.ts'
export { ToolDenied, WorkStopped } from './runtime/errors.ts'
export type { AgentWorkspace, WorkspaceCall, WorkspaceResult } from './ports/agent-workspace.ts'
export type { HostFacts } from './model/tool-act.ts'

// What it keeps
export type { Agent, Liveness, Workload } from './model/agent.ts'
export type { Approval } from './model/approval.ts'
export { type EventKind, EVENT_KINDS, eventType } from './model/event.ts'
export type { Document, Message } from './model/message.ts'
export type { Alert, Notification } from './model/notification.ts'
export type { Policy } from './model/policy-version.ts'
export { type PolicyContent, policyContent } from './model/policy.ts'
export type { Principal } from './model/principal.ts'
export type { Project } from './model/project.ts'
export type { Review } from './model/review.ts'
export type { Run, Tokens, UsageLine } from './model/run.ts'
export { type Task, type TaskStatus, TASK_STATUSES, TASK_TYPES, type TaskType, type Transition } from './model/task.ts'
export type { DecisionRecord, RiskLevel, ToolCall } from './model/tool-call.ts'
export type { ExecutionPlan } from './model/execution-plan.ts'
export type { StoredEvent } from './ports/storage.ts'
export type { Page } from './queries/page.ts'
export type { HeartbeatReply } from './queries/heartbeat-reply.ts'

// Rules worth asking directly
export { CHECKLISTS } from './rules/checklists.ts'
export { DEFAULT_POLICY } from './rules/policy/defaults.ts'
export { redactText } from './rules/redaction.ts'
export { findEdge, TRANSITIONS } from './rules/task-lifecycle.ts'

// Extending it
export { type Operation, OPERATIONS } from './registry.ts'
export type { CallContext, SubscribeRequest, Transport } from './ports/transport.ts'
export { type Clock, systemClock } from './ports/clock.ts'
export { type Ids, secureIds } from './ports/ids.ts'
export { type Logger, silentLogger } from './ports/logger.ts'
