import { acknowledgeMessages } from './acknowledge-messages.ts'
import { acknowledgeNotifications } from './acknowledge-notifications.ts'
import { activateGlobalPolicy, activatePolicy } from './activate-policy.ts'
import { archiveProject } from './archive-project.ts'
import { assignTask } from './assign-task.ts'
import { beatExecution } from './beat-execution.ts'
import { beatExecutor } from './beat-executor.ts'
import { beginToolCall } from './begin-tool-call.ts'
import { cancelApproval } from './cancel-approval.ts'
import { cancelExecution } from './cancel-execution.ts'
import { chooseTelegramProject } from './choose-telegram-project.ts'
import { claimNextTask } from './claim-next-task.ts'
import { claimTask } from './claim-task.ts'
import { closeBudgetAlert } from './close-budget-alert.ts'
import { closeNotification } from './close-notification.ts'
import { closeOverride } from './close-override.ts'
import { closeUnpricedAlert } from './close-unpriced-alert.ts'
import { completeExecution } from './complete-execution.ts'
import { completeRun } from './complete-run.ts'
import { completeTask } from './complete-task.ts'
import { controlAgent } from './control-agent.ts'
import { controlAllAgents } from './control-all-agents.ts'
import { createDocument } from './create-document.ts'
import { createPrincipal } from './create-principal.ts'
import { createProject } from './create-project.ts'
import { createTask } from './create-task.ts'
import { createWebhook } from './create-webhook.ts'
import { decideApproval } from './decide-approval.ts'
import { decideApprovals } from './decide-approvals.ts'
import { decideDispute } from './decide-dispute.ts'
import { deleteWebhook } from './delete-webhook.ts'
import { draftGlobalPolicy, draftPolicy } from './draft-policy.ts'
import { editMessage } from './edit-message.ts'
import { endBudgetPause } from './end-budget-pause.ts'
import { endToolCall } from './end-tool-call.ts'
import { enrollSecondFactor } from './enroll-second-factor.ts'
import { escalateApproval } from './escalate-approval.ts'
import { expireApproval } from './expire-approval.ts'
import { expirePreviews } from './expire-previews.ts'
import { failExecution } from './fail-execution.ts'
import { failRun } from './fail-run.ts'
import { finishJob } from './finish-job.ts'
import { gateToolCall } from './gate-tool-call.ts'
import { handOverTask } from './hand-over-task.ts'
import { heartbeat } from './heartbeat.ts'
import { holdCall } from './hold-call.ts'
import { issueKeyCommand } from './issue-key.ts'
import { issueTelegramCode } from './issue-telegram-code.ts'
import { changeTelegramMessage, keepTelegramMessage } from './keep-telegram-message.ts'
import { lapseClaim } from './lapse-claim.ts'
import { leaseNotifications } from './lease-notifications.ts'
import { leaseWebhookDeliveries } from './lease-webhook-deliveries.ts'
import { logError } from './log-error.ts'
import { logPerformance } from './log-performance.ts'
import { markAgentOffline } from './mark-agent-offline.ts'
import { openThread } from './open-thread.ts'
import { pairTelegramUser, unpairTelegramUser } from './pair-telegram-user.ts'
import { postMessage } from './post-message.ts'
import { postReview } from './post-review.ts'
import { postToThread } from './post-to-thread.ts'
import { putAgentDocument } from './put-agent-document.ts'
import { queueWebhookDeliveries } from './queue-webhook-deliveries.ts'
import { raiseAlertCommand } from './raise-alert.ts'
import { recordBackup } from './record-backup.ts'
import { recordReport } from './record-report.ts'
import { registerAgent } from './register-agent.ts'
import { registerExecutor } from './register-executor.ts'
import { releaseCallHoldsCommand } from './release-call-holds.ts'
import { releaseWaitingTask } from './release-waiting-task.ts'
import { replayExecution } from './replay-execution.ts'
import { replayNotification } from './replay-notification.ts'
import { replayWebhookDelivery } from './replay-webhook-delivery.ts'
import { reportRun } from './report-run.ts'
import { requestApproval } from './request-approval.ts'
import { requestExecution } from './request-execution.ts'
import { resetSecondFactor } from './reset-second-factor.ts'
import { resolveReviewItem } from './resolve-review-item.ts'
import { respondToReview } from './respond-to-review.ts'
import { retireAgent } from './retire-agent.ts'
import { revokeKey } from './revoke-key.ts'
import { rotateKey } from './rotate-key.ts'
import { rotateWebhookSecret } from './rotate-webhook-secret.ts'
import { setBudget } from './set-budget.ts'
import { setOperatorMode } from './set-operator-mode.ts'
import { setSystemMode } from './set-system-mode.ts'
import { acknowledgeAlert, ignoreAlert, resolveAlertCommand } from './settle-alert.ts'
import { settleExecution } from './settle-execution.ts'
import { settleNotification } from './settle-notification.ts'
import { settleWebhookDelivery } from './settle-webhook-delivery.ts'
import { spawnAgent } from './spawn-agent.ts'
import { startExecution } from './start-execution.ts'
import { startRun } from './start-run.ts'
import { startTask } from './start-task.ts'
import { stopProject } from './stop-project.ts'
import { stopProjectRunsCommand } from './stop-project-runs.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { sweepAlerts } from './sweep-alerts.ts'
import { sweepLoops } from './sweep-loops.ts'
import { takeJob } from './take-job.ts'
import { noteTelegramTurn, takeTelegramTurn } from './take-telegram-turn.ts'
import { finishTelegramUpdate, takeTelegramUpdate } from './take-telegram-update.ts'
import { timeOutRun } from './time-out-run.ts'
import { transitionTask } from './transition-task.ts'
import { unblockThread } from './unblock-thread.ts'
import { updateProject } from './update-project.ts'
import { updateTask } from './update-task.ts'
import { updateWebhook } from './update-webhook.ts'
import { watchCost } from './watch-cost.ts'

/**
 * The registry of commands: every face (facade, HTTP, command line, MCP) is derived from it, so a new command
 * appears in all of them. The path here is the name there: `tasks.claim`.
 */
export const COMMANDS = {
  projects: {
    create: createProject,
    update: updateProject,
    archive: archiveProject,
    setOperatorMode,
    emergencyStop: stopProject,
    stopRuns: stopProjectRunsCommand,
  },
  system: { setOperatorMode: setSystemMode },
  principals: {
    create: createPrincipal,
    enrollSecondFactor,
    resetSecondFactor,
  },
  keys: { issue: issueKeyCommand, rotate: rotateKey, revoke: revokeKey },
  policies: {
    draft: draftPolicy,
    activate: activatePolicy,
    draftGlobal: draftGlobalPolicy,
    activateGlobal: activateGlobalPolicy,
  },
  agents: {
    register: registerAgent,
    heartbeat,
    control: controlAgent,
    controlAll: controlAllAgents,
    spawn: spawnAgent,
    retire: retireAgent,
    markOffline: markAgentOffline,
    putDocument: putAgentDocument,
    endBudgetPause,
  },
  tasks: {
    create: createTask,
    update: updateTask,
    claim: claimTask,
    claimNext: claimNextTask,
    assign: assignTask,
    start: startTask,
    transition: transitionTask,
    handover: handOverTask,
    complete: completeTask,
    lapse: lapseClaim,
    release: releaseWaitingTask,
    sweepLoops,
    subscribe,
    unsubscribe,
  },
  messages: { post: postMessage, edit: editMessage },
  threads: { open: openThread, post: postToThread, ack: acknowledgeMessages, unblock: unblockThread },
  documents: { create: createDocument },
  reviews: { post: postReview, respond: respondToReview, resolveItem: resolveReviewItem },
  disputes: { decide: decideDispute },
  runs: {
    start: startRun,
    report: reportRun,
    complete: completeRun,
    fail: failRun,
    hold: holdCall,
    timeOut: timeOutRun,
    releaseHolds: releaseCallHoldsCommand,
  },
  budgets: { set: setBudget, watch: watchCost },
  backups: { record: recordBackup },
  toolCalls: { gate: gateToolCall, begin: beginToolCall, end: endToolCall, expirePreviews },
  approvals: {
    request: requestApproval,
    decide: decideApproval,
    decideBatch: decideApprovals,
    cancel: cancelApproval,
    escalate: escalateApproval,
    expire: expireApproval,
    closeOverride,
  },
  monitoring: { logError, logPerformance },
  alerts: {
    raise: raiseAlertCommand,
    acknowledge: acknowledgeAlert,
    resolve: resolveAlertCommand,
    ignore: ignoreAlert,
    sweep: sweepAlerts,
    closeBudget: closeBudgetAlert,
    closeUnpriced: closeUnpricedAlert,
  },
  reports: { record: recordReport },
  notifications: {
    ack: acknowledgeNotifications,
    replay: replayNotification,
    lease: leaseNotifications,
    settle: settleNotification,
    close: closeNotification,
  },
  executors: { register: registerExecutor, heartbeat: beatExecutor },
  executions: {
    request: requestExecution,
    start: startExecution,
    heartbeat: beatExecution,
    complete: completeExecution,
    fail: failExecution,
    cancel: cancelExecution,
    replay: replayExecution,
    settle: settleExecution,
  },
  telegram: {
    issueCode: issueTelegramCode,
    pair: pairTelegramUser,
    unpair: unpairTelegramUser,
    takeUpdate: takeTelegramUpdate,
    finishUpdate: finishTelegramUpdate,
    chooseProject: chooseTelegramProject,
    keepMessage: keepTelegramMessage,
    changeMessage: changeTelegramMessage,
    takeTurn: takeTelegramTurn,
    noteTurn: noteTelegramTurn,
  },
  webhooks: {
    create: createWebhook,
    update: updateWebhook,
    delete: deleteWebhook,
    rotateSecret: rotateWebhookSecret,
    replay: replayWebhookDelivery,
    queue: queueWebhookDeliveries,
    lease: leaseWebhookDeliveries,
    settle: settleWebhookDelivery,
  },
  jobs: { take: takeJob, finish: finishJob },
} as const
