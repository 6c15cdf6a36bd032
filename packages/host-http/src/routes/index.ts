import { adminRoutes } from './admin.ts'
import { agentRoutes } from './agents.ts'
import { attentionRoutes } from './attention.ts'
import { decisionRoutes } from './decisions.ts'
import { executionRoutes } from './executions.ts'
import { projectRoutes } from './projects.ts'
import { PROJECT, type Route } from './route.ts'
import { taskRoutes } from './tasks.ts'
import { telegramRoutes } from './telegram.ts'
import { webhookRoutes } from './webhooks.ts'
import { workRoutes } from './work.ts'

/**
 * Every operation that HTTP carries, as data. The server is built from it, the client finds its way by it, and a test
 * demands that nothing of the registry is missing. Where an operation has several routes, the first one is the client's.
 */
export const ROUTES: readonly Route[] = [
  ...projectRoutes,
  ...agentRoutes,
  ...taskRoutes,
  ...workRoutes,
  ...decisionRoutes,
  ...executionRoutes,
  ...attentionRoutes,
  ...webhookRoutes,
  ...adminRoutes,
  ...telegramRoutes,
]

/** The live stream is no operation: it has no answer, only an end. */
export const STREAM_PATH = `${PROJECT}/events/stream`

/** The names in braces of a path, in order. */
export function pathFields(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
}

/** Stands in a path for a field that the input may leave out. */
export const LEFT_OUT = '-'
