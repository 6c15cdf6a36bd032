import { type MissionControlClient, type Project, unwrap } from '@mission-control/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStage, OPS_CHAT, type Operator, type Stage, type StageOptions } from './stage.ts'

interface Case {
  readonly project: Project
  readonly admin: MissionControlClient
  readonly operator: Operator
  readonly userId: number
  /** Writes as that person in their private chat, and gives the answer. */
  ask(text: string): Promise<string>
}

interface Suite {
  readonly s: Stage
  begin(role?: 'OPERATOR' | 'VIEWER'): Promise<Case>
}

function register({ admin }: Case, name: string) {
  return admin.agents.register({ name }).then(unwrap)
}

async function sayWhere({ begin }: Suite): Promise<void> {
  const { ask, project } = await begin()
  expect(await ask('/start')).toBe(`Mission Control. Project: ${project.name}. /help lists commands.`)
  expect(await ask('/inbox')).toBe('Inbox is empty.')
  expect(await ask('/create_task')).toMatch(/^Usage: \/create_task <TYPE> <title>\nTypes: [A-Z_, ]+$/)
  expect(await ask('/create_task POEM An ode')).toContain('Usage: /create_task <TYPE> <title>')
  expect(await ask(`/create_task DOCS ${'x'.repeat(201)}`)).toContain('at most 200 characters')
  expect(await ask('/create_task DOCS Write *it* down')).toMatch(/^Created #\w{4} Write \*it\* down \(INBOX\)\.$/)
  expect(await ask('/inbox')).toMatch(/^Inbox \(1\)\n🔵 #\w{4} Write \*it\* down · DOCS · ~\$\d+\.\d\d$/)
  const { name, slug } = project
  expect(await ask('/projects')).toBe(`Projects (1)\n✓ ${name} (${slug}) · 1 tasks · 0 active\n/switch <slug>`)
  expect(await ask('/switch')).toBe('Usage: /switch <slug>')
  expect(await ask('/switch nowhere')).toBe('No project nowhere.')
  expect(await ask('/switch test')).toBe('No project test.')
  expect(await ask(`/switch ${slug}`)).toBe(`Now on ${name}.`)
}

async function showTwenty({ begin }: Suite): Promise<void> {
  const { ask, admin } = await begin()
  for (let at = 1; at <= 19; at++) unwrap(await admin.tasks.create({ title: `Usual ${at}`, type: 'DOCS' }))
  unwrap(await admin.tasks.create({ title: 'Soon', type: 'OPS', priority: 2 }))
  unwrap(await admin.tasks.create({ title: 'Now', type: 'OPS', priority: 1 }))
  const [head, ...rows] = (await ask('/inbox')).split('\n')
  expect(head).toBe('Inbox (21)')
  expect(rows).toHaveLength(20)
  expect(rows[0]).toMatch(/^🔴 #\w{4} Now · OPS · ~\$/)
  expect(rows[1]).toMatch(/^🟠 #\w{4} Soon · OPS · ~\$/)
  expect(rows[2]).toMatch(/^🔵 #\w{4} Usual 1 · DOCS · ~\$/)
  expect(rows[19]).toContain('Usual 18')
}

async function control({ s, begin }: Suite): Promise<void> {
  const given = await begin()
  const { ask, userId } = given
  await register(given, 'Scout')
  await register(given, 'Echo')
  expect(await ask('/pause_squad')).toBe('Paused 2 agents.')
  expect(await ask('/resume_squad')).toBe('Resumed 2. Still paused: 0 (budget 0, error 0, quarantined 0).')
  expect(await ask('/quarantine')).toBe('Usage: /quarantine <name>')
  expect(await ask('/quarantine Nobody')).toBe('No agent Nobody.')
  expect(await ask('/quarantine scout')).toBe('Quarantined Scout: 0 runs stopped, 0 tasks blocked.')
  expect(await ask('/resume_squad')).toBe('Resumed 0. Still paused: 1 (budget 0, error 0, quarantined 1).')
  expect(await ask('/status')).toBe(
    [
      given.project.name,
      'Agents: 1 active, 0 paused, 2 total',
      ...['INBOX', 'ASSIGNED', 'IN_PROGRESS', 'REVIEW', 'NEEDS_APPROVAL', 'BLOCKED', 'DONE'].map(
        (status) => `${status}: 0`,
      ),
      'Pending approvals: 0',
    ].join('\n'),
  )
  s.tg.write(userId, '/stop_all')
  const question = await s.tg.message(userId, ({ buttons }) => buttons.length === 1)
  expect(question.buttons[0]?.text).toBe('Confirm stop')
  const other = await begin()
  expect(await s.press(other.userId, question, 'Confirm stop')).toBe('Not authorized.')
  expect(await s.press(userId, question, 'Confirm stop')).toBe('Stopped: 1 agents, 0 runs, 0 tasks blocked.')
  expect(await s.press(userId, question, 'Confirm stop')).toBe('This has expired: /stop_all asks again.')
}

async function confirmInTime({ s, begin }: Suite): Promise<void> {
  const given = await begin()
  await register(given, 'Scout')
  s.tg.write(given.userId, '/stop_all')
  const question = await s.tg.message(given.userId, ({ buttons }) => buttons.length === 1)
  s.h.clock.advance(60_000)
  expect(await s.press(given.userId, question, 'Confirm stop')).toBe('This has expired: /stop_all asks again.')
  expect(unwrap(await given.admin.agents.list({})).data.map(({ status }) => status)).toEqual(['ACTIVE'])
}

async function report({ s, begin }: Suite): Promise<void> {
  const { ask, userId, project } = await begin()
  expect(await ask('/burnrate')).toBe('Today: $0.00 of no cap · $0.00/h · end of day ~$0.00')
  expect(await ask('/brief')).toContain(project.name)
  const help = await ask('/help')
  for (const group of ['Projects', 'Tasks', 'Approvals', 'Squad']) expect(help).toContain(group)
  expect(await s.ask(userId, `/inbox@${s.tg.username}`, OPS_CHAT)).toBe('Inbox is empty.')
  s.tg.write(userId, '/inbox@another_bot', OPS_CHAT)
  s.tg.write(userId, 'Good morning', OPS_CHAT)
  expect(await s.ask(userId, '/nonsense', OPS_CHAT)).toBe('No such command: /nonsense. /help lists commands.')
  const mine = s.tg.messages(OPS_CHAT).filter(({ fromId }) => fromId === userId)
  const answered = s.tg
    .messages(OPS_CHAT)
    .filter(({ replyToId }) => mine.some(({ messageId }) => messageId === replyToId))
  expect([mine.length, answered.length]).toEqual([4, 2])
  expect(s.tg.commands.map(({ command }) => `/${command}`).sort()).toEqual(
    [...new Set(help.match(/\/[a-z_]+/g))].sort(),
  )
}

async function decide({ s, begin }: Suite): Promise<void> {
  const given = await begin()
  const { ask, userId, admin } = given
  expect(await ask('/my_approvals')).toBe('Nothing to approve.')
  const agent = await register(given, 'Asker')
  const client = (await s.h.mc.as(agent.principalId)).inProject(given.project.id)
  const request = (amount: number) =>
    client.approvals
      .request({
        actionType: 'TOOL_CALL',
        payload: { tool: 'transfer_funds', input: { amount } },
        justification: 'it is due',
        rollbackPlan: 'ask for it back',
        estimatedCostMicros: 250_000,
      })
      .then(unwrap)
  const asked = await request(5)
  const id = asked.id.slice(-6)
  s.tg.write(userId, '/my_approvals')
  const card = await s.tg.message(userId, ({ buttons }) => buttons.length === 2)
  expect(card.text.split('\n').slice(0, 4)).toEqual([
    `🔴 #${id} ${asked.actionSummary}`,
    'Agent: Asker · Risk: RED · Cost: $0.25',
    'Why: it is due',
    'Expires in 1 h',
  ])
  expect(await ask('/approve')).toBe('Usage: /approve <id> [reason] [otp:<code>]')
  expect(await ask('/approve zzzzzz fine')).toBe('Not found: zzzzzz')
  expect(await ask(`/deny ${id}`)).toBe('Usage: /deny <id> <reason>')
  expect(await ask(`/deny ${id} too much`)).toBe(`Denied: ${asked.actionSummary} (too much)`)
  expect(await ask(`/approve ${id} fine`)).toBe('Already DENIED.')
  const other = await request(6)
  expect(await ask(`/approve ${other.id.slice(-6)} fine`)).toBe('1 of 2: needs another operator.')
  const lapsing = await request(7)
  s.h.clock.advance(61 * 60_000)
  expect(await ask(`/approve ${lapsing.id.slice(-6)} fine`)).toBe('Already EXPIRED.')
  expect(unwrap(await admin.approvals.get({ approvalId: asked.id })).status).toBe('DENIED')
}

async function askPermission({ s, begin }: Suite): Promise<void> {
  const { ask, project } = await begin('VIEWER')
  expect(await ask('/pause_squad')).toBe('You lack agents.control.')
  expect(await ask('/my_approvals')).toBe('You lack approvals.decide.')
  expect(await ask('/create_task DOCS x')).toBe('You lack tasks.create.')
  unwrap(await s.h.admin.projects.archive({ projectId: project.id, reason: 'over' }))
  expect(await ask('/inbox')).toBe('Choose a project: /switch <slug>')
  expect(await ask('/projects')).toBe('No projects.')
}

const CASES: readonly [string, (suite: Suite) => Promise<void>][] = [
  ['say where one is, list projects, switch, and show the inbox', sayWhere],
  ['show at most twenty tasks, the most urgent first, then the oldest', showTwenty],
  ['pause, resume, quarantine and stop', control],
  ['ask for a confirmation that is given within a minute', confirmInTime],
  ['show burn rate, brief and help, and know the bot by its name in groups', report],
  ['show and decide requests', decide],
  ['ask for a project, and for permission', askPermission],
]

async function openSuite(options: StageOptions): Promise<Suite> {
  const s = await createStage(options)
  let count = 0
  return {
    s,
    begin: async (role = 'OPERATOR') => {
      const number = ++count
      const userId = 10 + number
      const project = unwrap(await s.h.admin.projects.create({ name: `Test ${number}`, slug: `test-${number}` }))
      const operator = await s.operator(`Olga ${number}`, userId, role, project.id)
      const ask = (text: string) => s.ask(userId, text)
      return { project, admin: s.h.admin.inProject(project.id), operator, userId, ask }
    },
  }
}

/** Every command, on whichever store and however the bot reaches it. Each case has a project and a person of its own. */
export function testCommands(where: string, storage: StageOptions['storage']): void {
  describe.each([
    ['in the host', false],
    ['over HTTP', true],
  ])(`commands on ${where}, the bot %s`, (_, isOverHttp) => {
    let suite: Suite
    beforeAll(async () => {
      suite = await openSuite({ isOverHttp, ...(storage === undefined ? {} : { storage }) })
    }, 60_000)
    afterAll(() => suite.s.close())

    test.each(CASES)('%s', (_, run) => run(suite))
  })
}
