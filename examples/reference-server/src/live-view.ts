import { type Task, unwrap, usdFromMicros } from '@mission-control/core'
import type { Host } from './host.ts'

const REFRESH_MS = 1_000
const WAITING_MAX = 6

export interface ViewFacts {
  readonly url: string
  readonly keysFolder: string
  readonly notes: readonly string[]
}

/** Shows who does what until the signal aborts: on a terminal as one calm page, elsewhere as a line per change. */
export async function showLive(host: Host, facts: ViewFacts, signal: AbortSignal): Promise<void> {
  const isTerminal = process.stdout.isTTY === true && process.env.CI === undefined
  if (!isTerminal) for (const line of heading(facts)) console.log(line)
  const shown = new Map<string, string>()
  while (!signal.aborted) {
    try {
      if (isTerminal) await drawPage(host, facts)
      else await printChanges(host, facts, shown)
    } catch (error) {
      if (!signal.aborted) console.error(`cannot read the state: ${String(error)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS))
  }
}

function heading(facts: ViewFacts): string[] {
  return [
    'Mission Control',
    `  ${facts.url}  keys in ${facts.keysFolder}`,
    ...facts.notes.map((note) => `  ${note}`),
    '',
  ]
}

async function drawPage(host: Host, facts: ViewFacts): Promise<void> {
  const { tasks, names } = await readBoard(host)
  const lines = [...heading(facts), `  Spent today ${await spend(host)}`, '']
  for (const task of tasks) {
    const who = names.get(task.claim?.agentId ?? task.assigneeIds[0] ?? '') ?? ''
    lines.push(`  ${task.status.padEnd(14)} ${who.padEnd(8)} ${task.title}`)
  }
  const waiting = await waitingLines(host, facts)
  if (waiting.length > 0) lines.push('', '  Waits for you:', ...waiting)
  // Home and clear below, line by line: the page stays still instead of flickering.
  process.stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\n')}\n\u001b[J`)
}

async function printChanges(host: Host, facts: ViewFacts, shown: Map<string, string>): Promise<void> {
  const { tasks, names } = await readBoard(host)
  for (const task of tasks) {
    if (shown.get(task.id) === task.status) continue
    shown.set(task.id, task.status)
    const who = names.get(task.claim?.agentId ?? task.assigneeIds[0] ?? '') ?? '-'
    console.log(`${task.status.padEnd(14)} ${who.padEnd(8)} ${task.title}`)
  }
  for (const line of await waitingLines(host, facts)) {
    if (shown.has(line)) continue
    shown.set(line, '')
    console.log(line)
  }
}

async function readBoard(host: Host): Promise<{ tasks: readonly Task[]; names: ReadonlyMap<string, string> }> {
  const [tasks, agents] = await Promise.all([
    host.admin.tasks.list({ limit: 100, orderBy: 'priority' }),
    host.admin.agents.list({ limit: 100 }),
  ])
  return {
    tasks: unwrap(tasks).data,
    names: new Map(unwrap(agents).data.map((agent) => [agent.id, agent.name])),
  }
}

async function spend(host: Host): Promise<string> {
  const accounts = unwrap(await host.admin.budgets.list({ scopeType: 'PROJECT', limit: 200 })).data
  const today = accounts.filter((account) => account.window === 'DAY').at(-1)
  if (today === undefined) return '$0.00'
  const cap = today.cap === null ? '' : ` of $${usdFromMicros(today.cap)}`
  return `$${usdFromMicros(today.settled, 6)}${cap}`
}

/** What a person has to decide, with the command that decides it. */
async function waitingLines(host: Host, facts: ViewFacts): Promise<string[]> {
  const pending = unwrap(await host.admin.approvals.list({ status: 'PENDING', limit: WAITING_MAX })).data
  return pending.flatMap((approval) => {
    const voted = approval.decisions.length
    const operator = `operator-${Math.min(voted + 1, 2)}`
    return [
      `  ${approval.riskLevel} ${approval.actionSummary} (${voted} of ${approval.requiredDecisions})`,
      `    curl -sX POST ${facts.url}/v1/projects/openclaw/approvals/${approval.id}/decision \\`,
      `      -H "Authorization: Bearer $(cat ${facts.keysFolder}/${operator}.key)" -H "Content-Type: application/json" \\`,
      `      -H "Idempotency-Key: ${approval.id}-${voted}" -d '{"verdict":"APPROVE","reason":"looked at it"}'`,
    ]
  })
}
