import { bootstrapAgent, getAgentDocument, listAgentDocuments } from './agent-documents.ts'
import { getAgent, listAgents } from './agents.ts'
import { listBudgets } from './budgets.ts'
import { costSummary, projectBurnRate } from './costs.ts'
import { listEvents } from './events.ts'
import { listExecutions, listExecutors } from './executions.ts'
import { explainCall } from './explain-call.ts'
import { exportRows } from './exports.ts'
import { readHealth } from './health.ts'
import { readHealthStatus } from './health-status.ts'
import {
  getApproval,
  getDocument,
  getRun,
  listAlerts,
  listApprovals,
  listMessages,
  listNotifications,
  listReviews,
  listRuns,
  listToolCalls,
} from './lists.ts'
import { listErrors, performance } from './monitoring.ts'
import {
  diffPolicyVersions,
  effectivePolicy,
  getPolicy,
  lintPolicyVersion,
  listGlobalPolicies,
  listPolicies,
} from './policies.ts'
import { listKeys, listPrincipals, listSessions, readSelf } from './principals.ts'
import { getProject, listProjects, projectStats } from './projects.ts'
import { replayPolicy } from './replay-policy.ts'
import { ceoBriefReport } from './reports/ceo-brief.ts'
import { incidentReport } from './reports/incident.ts'
import { permissionsReport } from './reports/permissions.ts'
import { standupReport } from './reports/standup.ts'
import { searchDocuments, searchMessages, searchTasks, suggestSearch } from './search.ts'
import { getTask, listTasks, listTransitions } from './tasks.ts'
import { listTelegramLinks, listTelegramMessages } from './telegram.ts'
import { telegramWork } from './telegram-work.ts'
import { listThreadMessages, listThreads } from './threads.ts'
import { verifyEvents } from './verify-events.ts'
import { verifyLedger } from './verify-ledger.ts'
import { getWebhook, listWebhookDeliveries, listWebhooks } from './webhooks.ts'

/** The registry of queries; see `COMMANDS`. */
export const QUERIES = {
  projects: { list: listProjects, get: getProject, stats: projectStats },
  principals: { list: listPrincipals, self: readSelf },
  keys: { list: listKeys },
  sessions: { list: listSessions },
  agents: {
    list: listAgents,
    get: getAgent,
    documents: listAgentDocuments,
    getDocument: getAgentDocument,
    bootstrap: bootstrapAgent,
  },
  tasks: { list: listTasks, get: getTask, transitions: listTransitions },
  messages: { list: listMessages },
  threads: { list: listThreads, messages: listThreadMessages },
  reviews: { list: listReviews },
  runs: { list: listRuns, get: getRun },
  budgets: { list: listBudgets, burnRate: projectBurnRate },
  costs: { summary: costSummary },
  ledger: { verify: verifyLedger },
  toolCalls: { list: listToolCalls },
  policies: {
    list: listPolicies,
    listGlobal: listGlobalPolicies,
    get: getPolicy,
    effective: effectivePolicy,
    explain: explainCall,
    lint: lintPolicyVersion,
    diff: diffPolicyVersions,
    replay: replayPolicy,
  },
  approvals: { list: listApprovals, get: getApproval },
  monitoring: { performance, errors: listErrors, health: readHealth, status: readHealthStatus },
  executors: { list: listExecutors },
  executions: { list: listExecutions },
  alerts: { list: listAlerts },
  notifications: { list: listNotifications },
  documents: { get: getDocument },
  reports: {
    standup: standupReport,
    ceoBrief: ceoBriefReport,
    incident: incidentReport,
    permissions: permissionsReport,
  },
  search: { tasks: searchTasks, suggest: suggestSearch, messages: searchMessages, documents: searchDocuments },
  telegram: { links: listTelegramLinks, messages: listTelegramMessages, work: telegramWork },
  webhooks: { list: listWebhooks, get: getWebhook, deliveries: listWebhookDeliveries },
  exports: { rows: exportRows },
  events: { list: listEvents, verify: verifyEvents },
} as const
