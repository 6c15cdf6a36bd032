import { createNodeWorkspace, type NodeWorkspace } from '@mission-control/agent-node'
import { SCRIPTED } from '@mission-control/cli'
import { createAgent, DEMO_SQUAD, type Logger, type MissionControlClient } from '@mission-control/core'
import type { CheckoutSource } from './checkout.ts'
import { makeCheckout } from './checkout.ts'
import type { Host } from './host.ts'
import { REVIEWER } from './squad.ts'
import { jobOf } from './work/jobs.ts'
import { reviewProblems } from './work/reports.ts'
import { toolsOf } from './work/tools.ts'

const HEARTBEAT_MS = 60_000
/** Held before a run starts; what it really costs is reported as it goes. */
const ESTIMATE_MICROS = 20_000
const REVIEW_ROUND_MS = 500

/** Starts every member of the squad in a checkout of its own; ends when the signal aborts. */
export async function runSquad(
  host: Host,
  repository: string,
  source: CheckoutSource,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const workspaces: NodeWorkspace[] = []
  const running: Promise<void>[] = []
  for (const { name } of DEMO_SQUAD) {
    const client = host.agents.get(name) as MissionControlClient
    if (name === REVIEWER) {
      running.push(reviewUntil(client, logger, signal))
      continue
    }
    const root = host.workspaceOf(name)
    await makeCheckout(repository, root, source)
    const workspace = createNodeWorkspace({ root, hosts: [] })
    workspaces.push(workspace)
    const agent = createAgent(client, {
      name,
      workspace,
      ...SCRIPTED,
      heartbeatIntervalMs: HEARTBEAT_MS,
      estimatedCostMicros: ESTIMATE_MICROS,
      logger,
      plan: (task) => [...(jobOf(task.sourceRef)?.plan ?? ['Read the task', 'Ask what is meant', 'Do it'])],
      handler: async (task, context) => {
        const job = jobOf(task.sourceRef)
        if (job === null) throw new Error('this squad does not know how to do that')
        return job.work(task, context, toolsOf(context, client))
      },
    })
    running.push(agent.run(signal))
  }
  await Promise.all(running)
  await Promise.all(workspaces.map((workspace) => workspace.close()))
}

/** The reviewer reads what is handed in, once per submission: it asks for changes, or approves item by item. */
async function reviewUntil(client: MissionControlClient, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await reviewOnce(client)
    } catch (error) {
      logger.warn('a round of reviews failed', { error: String(error) })
    }
    await new Promise((resolve) => setTimeout(resolve, REVIEW_ROUND_MS))
  }
}

async function reviewOnce(client: MissionControlClient): Promise<void> {
  const waiting = await client.tasks.list({ status: ['REVIEW'], limit: 50 })
  if (!waiting.ok) return
  for (const task of waiting.data.data) {
    const problems = reviewProblems(task.sourceRef, task.deliverable?.content ?? '')
    if (problems.length > 0) {
      await client.reviews.post({
        taskId: task.id,
        verb: 'CHANGESET',
        summary: `Not yet: ${problems.length} things to change`,
        items: problems.map((change) => ({ file: 'deliverable', change })),
      })
      continue
    }
    await client.reviews.post({
      taskId: task.id,
      verb: 'APPROVE',
      summary: 'Read and found good',
      verified: (task.checklist?.items ?? []).map(({ key }) => ({
        key,
        checked: false,
        note: 'does not apply to this report',
      })),
    })
  }
}
