import { type Approval, unwrap } from '@mission-control/core'
import type { TestAgent } from '@mission-control/testing'
import type { Stage } from './stage.ts'

const PLAN = { bullets: ['read', 'write', 'check'] }
const WHY = { justification: 'it has to be done', rollbackPlan: 'undo it' }

/** An agent with a started task. */
export interface Working {
  readonly worker: TestAgent
  readonly taskId: string
  readonly epoch: number
}

export async function working({ h }: Stage, name = 'Worker'): Promise<Working> {
  const worker = await h.agent({ name, workspacePath: '/srv/worker' })
  const task = unwrap(await h.admin.tasks.create({ title: 'Write the guide', type: 'DOCS' }))
  const { epoch } = unwrap(await worker.client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
  return { worker, taskId: task.id, epoch }
}

/** Asks for an act that takes two people. */
export async function askRed(
  { worker, taskId, epoch }: Working,
  { input = { amount: 5 }, ...words }: { input?: unknown; justification?: string; rollbackPlan?: string } = {},
): Promise<Approval> {
  const payload = { tool: 'transfer_funds', input } as { tool: string; input: { amount: number } }
  return unwrap(
    await worker.client.approvals.request({ actionType: 'TOOL_CALL', payload, taskId, epoch, ...WHY, ...words }),
  )
}

/** Asks for an act that takes one person. */
export async function askYellow({ worker, taskId, epoch }: Working, name = 'Helper'): Promise<Approval> {
  const caps = { dailyMicros: 1, perRunMicros: 1 }
  const payload = { name, role: 'SPECIALIST' as const, types: [], allowedTools: null, caps, purpose: 'more hands' }
  return unwrap(
    await worker.client.approvals.request({ actionType: 'SPAWN', payload, taskId, epoch, justification: 'more hands' }),
  )
}

/** The short id, as a card shows it. */
export function shortId({ id }: Approval): string {
  return id.slice(-6)
}
