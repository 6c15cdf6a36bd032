import { unwrap } from '../errors.ts'
import type { Task, TaskStatus, TaskType } from '../model/task.ts'
import { CHECKLISTS } from '../rules/checklists.ts'
import type { DemoCast, DemoMember } from './demo-people.ts'

/** One task of the demo, and how it comes to the state it stands for. */
export interface DemoTask {
  readonly status: TaskStatus
  readonly title: string
  readonly type: TaskType
  readonly priority: 1 | 2 | 3 | 4
  readonly assignee?: string
  readonly reviewer?: string
  /** Takes the steps that are still missing; an interrupted run is gone on with. */
  readonly drive?: (story: Story) => Promise<void>
}

/** A task on its way, with those who move it. */
export interface Story {
  readonly cast: DemoCast
  readonly worker: DemoMember
  /** The task as it is now. */
  read(): Promise<Task>
}

function memberOf({ squad }: DemoCast, name: string): DemoMember {
  const member = squad.get(name)
  if (member === undefined) throw new Error(`the squad has no ${name}`)
  return member
}

async function start({ worker, read }: Story, bullets: string[]): Promise<void> {
  const task = await read()
  if (task.status === 'ASSIGNED') unwrap(await worker.client.tasks.start({ taskId: task.id, workPlan: { bullets } }))
}

async function submit({ worker, read }: Story, content: string): Promise<void> {
  const { id: taskId, epoch, type, status } = await read()
  if (status !== 'IN_PROGRESS') return
  const checklist = CHECKLISTS[type].map(([key]) => ({ key, checked: true }))
  unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable: { content }, checklist }))
}

async function document(story: Story): Promise<void> {
  const bullets = ['Read the routes', 'Describe each one', 'Add an example to each', 'Have it read']
  await start(story, bullets)
  const { id: taskId } = await story.read()
  const said = unwrap(await story.worker.client.messages.list({ taskId })).data
  const say = async (type: 'WORK_PLAN' | 'PROGRESS', content: string) => {
    if (!said.some((message) => message.type === type)) {
      unwrap(await story.worker.client.messages.post({ taskId, type, content }))
    }
  }
  await say('WORK_PLAN', bullets.map((bullet) => `- ${bullet}`).join('\n'))
  await say('PROGRESS', '40 %: the routes of tasks and agents are described.')
}

async function campaign(story: Story): Promise<void> {
  const { worker, cast } = story
  const nova = memberOf(cast, 'Nova')
  await start(story, ['Choose three channels', 'Write the posts', 'Plan the week'])
  if ((await story.read()).reviewCycles === 0) {
    await submit(story, '# Social campaign\n\nThree posts for three channels.')
    const { id: taskId, status } = await story.read()
    if (status === 'REVIEW') {
      const items = [{ file: 'campaign.md', change: 'Say for whom each post is' }]
      unwrap(await nova.client.reviews.post({ taskId, verb: 'CHANGESET', summary: 'Nearly there', items }))
    }
  }
  const { id: taskId, status } = await story.read()
  if (status === 'IN_PROGRESS') {
    for (const { id: reviewId, items } of unwrap(await worker.client.reviews.list({ taskId })).data) {
      for (const [item, { resolvedAt }] of items.entries()) {
        if (resolvedAt !== null) continue
        unwrap(await worker.client.reviews.resolveItem({ reviewId, item, resolution: 'Each post names its readers' }))
      }
    }
    await submit(story, '# Social campaign\n\nThree posts for three channels, each with its readers.')
  }
  const said = unwrap(await cast.admin.messages.list({ taskId })).data
  if (!said.some(({ type }) => type === 'ARTIFACT')) {
    const artifacts = [{ name: 'campaign.md', type: 'DELIVERABLE' as const, url: 'https://example.com/campaign.md' }]
    unwrap(await worker.client.messages.post({ taskId, type: 'ARTIFACT', content: 'The posts', artifacts }))
  }
  if (!said.some(({ type, author }) => type === 'COMMENT' && author.kind === 'HUMAN')) {
    unwrap(await cast.operators[0].messages.post({ taskId, content: 'I like the second post best.' }))
  }
}

async function emails(story: Story): Promise<void> {
  await start(story, ['Write five mails', 'Check the list', 'Ask before sending'])
  const { id: taskId, status, epoch } = await story.read()
  if (status !== 'IN_PROGRESS') return
  unwrap(
    await story.worker.client.approvals.request({
      actionType: 'TOOL_CALL',
      taskId,
      epoch,
      justification: 'The sequence is written and the list is checked.',
      rollbackPlan: 'Stop the sequence; a mail that went out is followed by a correction.',
      payload: { tool: 'send_email', input: { list: 'customers', sequence: 'welcome' } },
    }),
  )
}

async function payment(story: Story): Promise<void> {
  await start(story, ['Read the interface', 'Build the client', 'Test it in the sandbox'])
  const { id: taskId, status, epoch, version } = await story.read()
  if (status !== 'IN_PROGRESS') return
  const move = { taskId, to: 'BLOCKED', reason: 'Waiting for the keys of the sandbox.', epoch } as const
  unwrap(await story.worker.client.tasks.transition({ ...move, expectedVersion: version }))
}

async function onboarding(story: Story): Promise<void> {
  const { cast } = story
  await start(story, ['Collect the steps', 'Put them in order', 'Try them once'])
  await submit(story, '# Onboarding\n\n1. Account\n2. Keys\n3. First task')
  const { id: taskId, status, type } = await story.read()
  if (status === 'REVIEW') {
    const verified = CHECKLISTS[type].map(([key]) => ({ key, checked: true }))
    const nova = memberOf(cast, 'Nova')
    unwrap(await nova.client.reviews.post({ taskId, verb: 'APPROVE', summary: 'Tried it, works', verified }))
  }
  for (const operator of cast.operators) {
    const pending = unwrap(await operator.approvals.list({ taskId, status: 'PENDING' })).data
    for (const { id: approvalId } of pending) {
      unwrap(await operator.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'Just what was needed' }))
    }
  }
}

async function dashboard({ cast, read }: Story): Promise<void> {
  const { id: taskId, status } = await read()
  if (status === 'CANCELED') return
  const reason = 'The numbers are in the report already.'
  unwrap(await cast.operators[0].tasks.transition({ taskId, to: 'CANCELED', reason }))
}

/** One task per status. The last one says that the demo stands, so it is the last one made. */
export const DEMO_TASKS: readonly DemoTask[] = [
  { status: 'INBOX', title: 'Competitor pricing research', type: 'CUSTOMER_RESEARCH', priority: 3 },
  { status: 'ASSIGNED', title: 'AI automation blog post', type: 'CONTENT', priority: 2, assignee: 'Scribe' },
  { status: 'IN_PROGRESS', title: 'API documentation', type: 'DOCS', priority: 2, assignee: 'Scribe', drive: document },
  {
    status: 'REVIEW',
    title: 'Social campaign',
    type: 'SOCIAL',
    priority: 2,
    assignee: 'Pixel',
    reviewer: 'Nova',
    drive: campaign,
  },
  {
    status: 'NEEDS_APPROVAL',
    title: 'Email sequences',
    type: 'EMAIL_MARKETING',
    priority: 1,
    assignee: 'Hermes',
    drive: emails,
  },
  {
    status: 'BLOCKED',
    title: 'Payment integration',
    type: 'ENGINEERING',
    priority: 1,
    assignee: 'Cipher',
    drive: payment,
  },
  { status: 'DONE', title: 'Onboarding checklist', type: 'OPS', priority: 3, assignee: 'Fetch', drive: onboarding },
  { status: 'CANCELED', title: 'Analytics dashboard', type: 'ENGINEERING', priority: 4, drive: dashboard },
]

/** Makes the task if it is missing, and takes the steps that are. */
export async function tellDemoTask(cast: DemoCast, demo: DemoTask): Promise<void> {
  const { title, type, priority, assignee, reviewer, drive } = demo
  const worker = memberOf(cast, assignee ?? 'Sofie')
  const { id: taskId } = unwrap(
    await cast.operators[0].tasks.create({
      title,
      type,
      priority,
      source: 'SEED',
      sourceRef: `demo/${title}`,
      assigneeIds: assignee === undefined ? [] : [worker.agentId],
      ...(reviewer === undefined ? {} : { reviewerId: memberOf(cast, reviewer).principalId }),
    }),
  )
  const read = async () => unwrap(await cast.admin.tasks.get({ taskId }))
  await drive?.({ cast, worker, read })
}
