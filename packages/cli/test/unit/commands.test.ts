import { unwrap } from '@mission-control/core'
import { createHttpHandler, type Served, serve } from '@mission-control/host-http'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/index.ts'
import { runIn } from './console.ts'
import { lines } from './memory-terminal.ts'

let h: TestHarness
let served: Served
let agentKey = ''

beforeAll(async () => {
  h = await createTestHarness()
  served = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
  agentKey = (await h.agent({ name: 'Scribe', role: 'SPECIALIST' })).key
})
afterAll(async () => {
  await served.close()
  await h.close()
})

const as = (key: string, more: Readonly<Record<string, string>> = {}) => ({
  env: { MC_URL: served.url, MC_API_KEY: key, ...more },
})
const mc = (...words: string[]) => runIn(as(h.adminKey), ...words)
const agent = (...words: string[]) => runIn(as(agentKey), ...words)

interface Shown {
  readonly id: string
  readonly status: string
}

async function createTask(title: string): Promise<string> {
  const made = await mc('task', 'create', 'DOCS', title, '--json')
  expect(made.err).toBe('')
  return lines<Shown>(made.out)[0]?.id ?? ''
}

async function statusOf(id: string): Promise<string | undefined> {
  return lines<Shown>((await mc('task', 'get', id, '--json')).out)[0]?.status
}

const PLAN = ['--plan', 'Read it', '--plan', 'Write it', '--plan', 'Check it']

describe('a task from the inbox to a submission', () => {
  test('each step is a command, and the board shows where it is', async () => {
    const id = await createTask('Explain the install steps')
    expect(await agent('task', 'claim', id, ...PLAN)).toMatchObject({ code: EXIT.ok })
    expect(await agent('task', 'comment', id, 'On it')).toMatchObject({ code: EXIT.ok })
    expect(
      await agent(
        'task',
        'artifact',
        id,
        'Draft',
        'The first draft',
        '--kind',
        'REPORT',
        '--link',
        'https://docs.example/draft',
      ),
    ).toMatchObject({ code: EXIT.ok })
    const { out } = await mc('task', 'messages', id)
    expect(out).toMatch(/On it/)
    expect(await agent('task', 'submit', id, '--deliverable', '# Install')).toMatchObject({ code: EXIT.ok })
    expect(await statusOf(id)).toBe('REVIEW')
    expect((await mc('task', 'move', id, 'DONE', '--reason', 'Every step works.')).code).toBe(EXIT.ok)
    const history = await mc('task', 'history', id)
    expect(history.out).toMatch(/FROM {2,}TO/)
    expect(history.out).toContain('Every step works.')
  })

  test('a deliverable may come from a file', async () => {
    const id = await createTask('From a file')
    await agent('task', 'claim', id, ...PLAN)
    const done = await runIn(
      { ...as(agentKey), files: { 'out.md': '# All of it\n' } },
      'task',
      'submit',
      id,
      '--deliverable-file',
      'out.md',
    )
    expect(done).toMatchObject({ code: EXIT.ok })
    expect(lines<{ deliverable: { content: string } }>((await mc('task', 'get', id, '--json')).out)[0]).toMatchObject({
      deliverable: { content: '# All of it\n' },
    })
  })
})

describe('a no', () => {
  test('says code, cause and hint, and by its exit code what kind of no it is', async () => {
    const id = await createTask('Refused')
    const none = await mc('task', 'get', 'tsk_none')
    expect(none).toMatchObject({ code: EXIT.notFound, out: '' })
    expect(none.err).toMatch(/^NOT_FOUND: .+\nCheck the id and the project\.\n/)
    expect(await agent('project', 'create', 'other', 'Other')).toMatchObject({ code: EXIT.forbidden, out: '' })
    const late = await mc('task', 'move', id, 'DONE', '--reason', 'x')
    expect(late).toMatchObject({ code: EXIT.refused })
    expect(late.err).toMatch(/^TRANSITION_REFUSED/)
    expect(await statusOf(id)).toBe('INBOX')
    const wrongKey = await runIn(as(`mc_live_${'0'.repeat(26)}_${'0'.repeat(34)}`), 'project', 'list')
    expect(wrongKey).toMatchObject({ code: EXIT.forbidden, out: '' })
  })

  test('is one JSON value for a program', async () => {
    const none = await mc('task', 'get', 'tsk_none', '--json')
    expect(JSON.parse(none.err)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })

  test.each([
    ['no such type', ['task', 'create', 'NOVEL', 'x'], /type/],
    ['no number', ['task', 'list', '--limit', 'many'], /--limit: many is no number/],
    ['no amount', ['task', 'create', 'DOCS', 'x', '--estimated-cost-usd', '1e9'], /no amount/],
    ['no time', ['task', 'create', 'DOCS', 'x', '--due-at', 'soon'], /no time/],
    ['no JSON', ['task', 'create', 'DOCS', 'x', '--metadata', '{'], /no JSON/],
    ['an unknown option', ['task', 'list', '--colour'], /unknown option/],
    ['a missing option', ['alerts', 'resolve', 'alr_1'], /missing required argument/],
    ['an unknown command', ['task', 'destroy'], /unknown command/],
    ['a missing file', ['task', 'submit', 'tsk_1', '--deliverable-file', 'gone.md'], /gone\.md/],
    ['neither text nor file', ['task', 'submit', 'tsk_1'], /--deliverable is missing/],
  ])('%s is a wrong command line, and nothing is written', async (_, words, said) => {
    const before = await mc('task', 'list', '--all', '--json')
    const ran = await mc(...words)
    expect(ran.out).toBe('')
    expect(ran.err).toMatch(said)
    expect([EXIT.usage, EXIT.fault]).toContain(ran.code)
    expect((await mc('task', 'list', '--all', '--json')).out).toBe(before.out)
  })

  test('a host that is not there is no fault of ours', async () => {
    const ran = await runIn({ env: { MC_URL: 'http://127.0.0.1:1', MC_API_KEY: 'mc_live_x' } }, 'doctor')
    expect(ran.code).toBe(EXIT.found)
    expect(ran.out).toMatch(/FAULT {2}connection: .*\n {7}-> start the host/)
  })
})

describe('what is shown', () => {
  test('a title cannot steer the terminal', async () => {
    const id = await createTask('With a comment')
    unwrap(await h.admin.messages.post({ taskId: id, content: '\u001b[2Jgone\u202e' }))
    const { out } = await mc('task', 'messages', id)
    expect(out).toContain('gone')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(out).not.toMatch(/[\u001b\u202e]/)
  })

  test('a narrow terminal is not overrun, a pipe gets everything', async () => {
    const title = 'A title that goes on and on until no terminal of eighty columns could ever hold it'
    await createTask(title)
    const narrow = await runIn({ ...as(h.adminKey), columns: 80 }, 'task', 'list')
    for (const line of narrow.out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    expect(narrow.out).toContain('…')
    expect((await mc('task', 'list')).out).toContain(title)
  })

  test('pages are followed on request, and named otherwise', async () => {
    const first = await mc('task', 'list', '--limit', '1', '--json')
    expect(lines(first.out)).toHaveLength(1)
    expect(first.err).toMatch(/--cursor \S+/)
    const all = await mc('task', 'list', '--limit', '1', '--all', '--json')
    expect(lines(all.out).length).toBeGreaterThan(3)
    expect(all.err).toBe('')
  })

  test('events are followed from the first one', async () => {
    const { out, code } = await mc('watch', '--from-start', '--count', '3')
    expect(code).toBe(EXIT.ok)
    expect(out.split('\n').filter((line) => line !== '')).toHaveLength(3)
  })
})

test('a repeat with the same key creates nothing more', async () => {
  const words = ['task', 'create', 'DOCS', 'Once only', '--idempotency-key', 'k-1', '--json']
  const [one, two] = [await mc(...words), await mc(...words)]
  expect(lines<Shown>(one.out)[0]?.id).toBe(lines<Shown>(two.out)[0]?.id)
})

test('an approval is checked by its exit code: only a yes is 0', async () => {
  const id = await createTask('Needs leave')
  await agent('task', 'claim', id, ...PLAN)
  const payload = JSON.stringify({ tool: 'exec', input: { command: 'git push origin main' } })
  const asked = await agent(
    'approval',
    'request',
    'TOOL_CALL',
    '--task-id',
    id,
    '--payload',
    payload,
    '--justification',
    'Ship it',
    '--rollback-plan',
    'git revert',
    '--json',
  )
  expect(asked.err).toBe('')
  const listed = lines<Shown>((await mc('approval', 'list', '--json')).out)
  const approvalId = listed[0]?.id ?? ''
  expect((await agent('approval', 'check', approvalId)).code).toBe(EXIT.found)
  expect((await agent('approval', 'approve', approvalId)).code).not.toBe(EXIT.ok)
  expect((await mc('approval', 'deny', approvalId)).code).not.toBe(EXIT.ok)
  expect(await mc('approval', 'deny', approvalId, '--reason', 'Not today')).toMatchObject({ code: EXIT.ok })
  const checked = await agent('approval', 'check', approvalId)
  expect(checked).toMatchObject({ code: EXIT.found })
  expect(checked.out).toMatch(/^DENIED: .*\n {2}DENY by Ada: Not today/)
})

test('a code to pair a Telegram user comes from here', async () => {
  expect(await agent('telegram', 'pair-code')).toMatchObject({ code: EXIT.forbidden })
  const { code, out } = await mc('telegram', 'pair-code', '--json')
  expect(code).toBe(EXIT.ok)
  expect(lines<{ code: string }>(out)[0]?.code).toMatch(/^\S{6,}$/)
})

test.each(['bash', 'zsh', 'fish'])('%s completes the commands', async (shell) => {
  const { code, out } = await runIn({}, 'completion', shell)
  expect(code).toBe(EXIT.ok)
  expect(out).toContain('run-agent')
  expect(await runIn({}, 'completion', 'csh')).toMatchObject({ code: EXIT.usage, out: '' })
})
