import { unwrap } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createStage, OPS_CHAT, type Stage } from '../stage.ts'

let s: Stage
beforeEach(async () => {
  s = await createStage()
})
afterEach(() => s.close())

describe('commands', () => {
  test('say where one is, list projects, switch, and show the inbox', async () => {
    await s.operator('Olga', 11)
    expect(await s.ask(11, '/start')).toBe('Mission Control. Project: Test. /help lists commands.')
    expect(await s.ask(11, '/inbox')).toBe('Inbox is empty.')
    expect(await s.ask(11, '/create_task DOCS Write *it* down')).toMatch(
      /^Created #\w{4} Write \*it\* down \(INBOX\)\.$/,
    )
    expect(await s.ask(11, '/inbox')).toMatch(/^Inbox \(1\)\n🔵 #\w{4} Write \*it\* down · DOCS · ~\$\d+\.\d\d$/)
    expect(await s.ask(11, '/projects')).toBe('Projects (1)\n✓ Test (test) · 1 tasks · 0 active\n/switch <slug>')
    expect(await s.ask(11, '/switch')).toBe('Usage: /switch <slug>')
    expect(await s.ask(11, '/switch nowhere')).toBe('No project nowhere.')
    expect(await s.ask(11, '/switch test')).toBe('Now on Test.')
  })

  test('pause, resume, quarantine and stop', async () => {
    await s.operator('Olga', 11)
    await s.h.agent({ name: 'Scout' })
    await s.h.agent({ name: 'Echo' })
    expect(await s.ask(11, '/pause_squad')).toBe('Paused 2 agents.')
    expect(await s.ask(11, '/resume_squad')).toBe('Resumed 2. Still paused: 0 (budget 0, error 0, quarantined 0).')
    expect(await s.ask(11, '/quarantine Nobody')).toBe('No agent Nobody.')
    expect(await s.ask(11, '/quarantine Scout')).toBe('Quarantined Scout: 0 runs stopped, 0 tasks blocked.')
    expect(await s.ask(11, '/status')).toContain('Agents: 1 active, 0 paused, 2 total')
    s.tg.write(11, '/stop_all')
    const question = await s.tg.message(11, ({ buttons }) => buttons.length === 1)
    expect(await s.press(11, question, 'Confirm stop')).toBe('Stopped: 1 agents, 0 runs, 0 tasks blocked.')
    expect(await s.press(11, question, 'Confirm stop')).toBe('This has expired: /stop_all asks again.')
  })

  test('show burn rate, brief and help, and know the bot by its name in groups', async () => {
    await s.operator('Olga', 11)
    expect(await s.ask(11, '/burnrate')).toBe('Today: $0.00 of no cap · $0.00/h · end of day ~$0.00')
    expect(await s.ask(11, '/brief')).toMatch(/^Brief \d{4}-\d\d-\d\d: Test/)
    const help = await s.ask(11, '/help')
    for (const group of ['Projects', 'Tasks', 'Approvals', 'Squad']) expect(help).toContain(group)
    expect(await s.ask(11, `/inbox@${s.tg.username}`, OPS_CHAT)).toBe('Inbox is empty.')
    s.tg.write(11, '/inbox@another_bot', OPS_CHAT)
    s.tg.write(11, 'Good morning', OPS_CHAT)
    expect(await s.ask(11, '/nonsense', OPS_CHAT)).toBe('No such command: /nonsense. /help lists commands.')
    expect(s.tg.said(OPS_CHAT)).toHaveLength(2)
    expect(s.tg.commands.map(({ command }) => command)).toContain('my_approvals')
  })

  test('ask for a project, and for permission', async () => {
    await s.operator('Vera', 12, 'VIEWER')
    expect(await s.ask(12, '/pause_squad')).toBe('You lack agents.control.')
    expect(await s.ask(12, '/my_approvals')).toBe('You lack approvals.decide.')
    expect(await s.ask(12, '/create_task DOCS x')).toBe('You lack tasks.create.')
    unwrap(await s.h.admin.projects.archive({ projectId: s.h.projectId, reason: 'over' }))
    expect(await s.ask(12, '/inbox')).toBe('Choose a project: /switch <slug>')
    expect(await s.ask(12, '/projects')).toBe('No projects.')
  })

  test('are thirty a minute', async () => {
    await s.operator('Olga', 11)
    for (let at = 0; at < 30; at++) s.tg.write(11, '/start')
    s.tg.write(11, '/start')
    const refused = await s.tg.message(11, ({ text }) => text.startsWith('Retry in'))
    expect(refused.text).toMatch(/^Retry in \d+ s\.$/)
  })
})
