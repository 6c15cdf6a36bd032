import type { MissionControlClient, Outcome, Refusal } from '@mission-control/core'
import { refuse } from '../refuse.ts'
import { resolveProject } from '../resolve-project.ts'
import type { ModelCall, Trace } from './read-traces.ts'

/** Lines of one report. */
const LINES_MAX = 100

/** The agent whose work the traces are: the one of the key. */
export interface Worker {
  readonly client: MissionControlClient
  readonly agentId: string
  readonly name: string
  readonly projectId: string
}

/** Finds the agent that a key belongs to. Only an agent has runs, so only an agent tells of them. */
export async function workerOf(client: MissionControlClient): Promise<Outcome<Worker>> {
  const self = await client.principals.self({})
  if (!self.ok) return self
  const { agentId, displayName, projectIds } = self.data
  const projectId = projectIds === 'ALL' ? undefined : projectIds[0]
  if (agentId === null || projectId === undefined) {
    return refuse('FORBIDDEN', 'traces become runs of an agent, so they come with the key of one')
  }
  return { ok: true, data: { client, agentId, name: displayName, projectId } }
}

/** Writes down what a trace tells: a run of its own, or the one it names, with a line for each call. Null: all of it. */
export async function recordTrace(worker: Worker, trace: Trace): Promise<Refusal | null> {
  const stranger = await strangerProblem(worker, trace)
  if (stranger !== null) return stranger
  const [first] = trace.calls
  const named = trace.names.run_id
  const runId = named === undefined ? await runOf(worker, trace, first) : { ok: true as const, data: named }
  if (!runId.ok) return runId.error
  // Nothing was used so far: there is no run to speak of, and none is begun for it.
  if (runId.data === null) return null
  for (let from = 0; from < trace.calls.length; from += LINES_MAX) {
    const lines = trace.calls.slice(from, from + LINES_MAX).map(lineOf)
    const reported = await worker.client.runs.report({ projectId: worker.projectId, runId: runId.data, lines })
    if (!reported.ok) return reported.error
  }
  if (named !== undefined || trace.end === null) return null
  const closing = { projectId: worker.projectId, runId: runId.data }
  const closed =
    trace.end === 'FAILED'
      ? await worker.client.runs.fail({ ...closing, error: 'the trace ended with an error' })
      : await worker.client.runs.complete(closing)
  return closed.ok || closed.error.code === 'RUN_CLOSED' ? null : closed.error
}

/** A span that names somebody else is refused, not filed under whoever happens to send it. */
async function strangerProblem(
  { client, agentId, name, projectId }: Worker,
  { names }: Trace,
): Promise<Refusal | null> {
  if (names.project !== undefined) {
    const project = await resolveProject(client, names.project)
    if (!project.ok) return project.error
    if (project.data !== projectId) return refuse('NOT_FOUND', `no such project: ${names.project}`).error
  }
  if (names.agent === undefined || names.agent === agentId || names.agent === name) return null
  return refuse('NOT_FOUND', `the key is not that of an agent ${names.agent}`).error
}

/** The run of a trace, begun with its first call. The key of the start is the trace, so that two senders begin one run. */
async function runOf(
  { client, projectId, agentId }: Worker,
  { traceId, names }: Trace,
  first: ModelCall | undefined,
): Promise<Outcome<string | null>> {
  const sessionKey = `otlp:${traceId.toLowerCase()}`
  const known = await client.runs.list({ projectId, agentId, sessionKey, limit: 1 })
  if (!known.ok) return known
  const [run] = known.data.data
  if (run !== undefined) return { ok: true, data: run.id }
  if (first === undefined) return { ok: true, data: null }
  const begun = await client.runs.start(
    {
      projectId,
      sessionKey,
      model: first.model,
      // It has happened already; there is nothing left to hold.
      estimatedCostMicros: 0,
      ...(first.provider === null ? {} : { provider: first.provider }),
      ...(names.task_id === undefined ? {} : { taskId: names.task_id }),
    },
    { idempotencyKey: sessionKey },
  )
  return begun.ok ? { ok: true, data: begun.data.run.id } : begun
}

function lineOf({ spanId, provider, model, tokens }: ModelCall) {
  return { callId: spanId, model, tokens, ...(provider === null ? {} : { provider }) }
}
