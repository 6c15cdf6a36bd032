import type { MissionControlClient, Task, TaskContext } from '@mission-control/core'
import type { AgentWork } from './agent-work.ts'

/** What a step without a model is charged: the time of the machine, in micro-USD. */
const STEP_MICROS = 1_000

/**
 * The work of an agent without a model: it writes down what the task asks and hands that in. It shows the whole way
 * under the rules, so it is where a handler of one's own begins.
 */
export const scriptedWork: AgentWork = {
  plan: ({ title }) => [
    `Read the task: ${title}`.slice(0, 200),
    'Look through the notes in the workspace',
    'Write a brief and hand it in',
  ],
  work: async (task, context, client) => {
    await context.progress('Reading the task')
    const changes = await answerChanges(task, context, client)
    const listed = await context.guard('list_files', { path: '.' })
    if (!listed.ok) throw new Error(`the workspace cannot be read: ${listed.output}`)
    const notes = listed.output.split('\n').filter((name) => name.endsWith('.md'))
    await context.usage({ label: 'brief', costMicros: STEP_MICROS })
    const brief = briefOf(task, notes, changes)
    await context.progress('The brief is ready')
    return { summary: `Brief: ${task.title}`.slice(0, 200), content: brief }
  },
}

function briefOf(
  { title, type, description, labels }: Task,
  notes: readonly string[],
  changes: readonly string[],
): string {
  const lines = [
    `# ${title}`,
    '',
    `Type: ${type}. Labels: ${labels.length === 0 ? 'none' : labels.join(', ')}.`,
    '',
    '## What is asked',
    '',
    description === null || description === '' ? 'The title says it all.' : description,
    '',
    notes.length === 0 ? 'The workspace has no notes on it.' : `Notes in the workspace: ${notes.join(', ')}.`,
    ...(changes.length === 0 ? [] : ['', '## Changed after review', '', ...changes.map((change) => `- ${change}`)]),
  ]
  return `${lines.join('\n')}\n`
}

/** Takes up what reviewers asked for, item by item, and says so. */
async function answerChanges(
  task: Task,
  context: TaskContext,
  client: MissionControlClient,
): Promise<readonly string[]> {
  const reviews = await client.reviews.list({ taskId: task.id, limit: 50 })
  const open = reviews.ok
    ? reviews.data.data.filter(({ verb, status }) => verb === 'CHANGESET' && status === 'OPEN')
    : []
  const epoch = context.task.claim?.epoch ?? context.task.epoch
  const made: string[] = []
  for (const review of open) {
    for (const [item, { change, resolvedAt }] of review.items.entries()) {
      if (resolvedAt !== null) continue
      await client.reviews.resolveItem({ reviewId: review.id, item, resolution: 'Taken up in the new brief', epoch })
      made.push(change)
    }
  }
  return made
}
