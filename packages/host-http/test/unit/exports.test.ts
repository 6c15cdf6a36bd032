import { exportPages, type PriceBook, unwrap } from '@mission-control/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createHttpHarness, type HttpHarness, TASK } from './http-harness.ts'

const opened: HttpHarness[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const PRICE = {
  inputMicrosPerMillion: 1,
  outputMicrosPerMillion: 1,
  cacheReadMicrosPerMillion: null,
  cacheWriteMicrosPerMillion: null,
  version: 'test@1',
}
const BOOK: PriceBook = { price: () => PRICE, dearest: () => PRICE }

async function harness(tasks = 0): Promise<HttpHarness> {
  const h = await createHttpHarness({}, { priceBook: BOOK })
  opened.push(h)
  for (let count = 0; count < tasks; count++) {
    unwrap(await h.admin.tasks.create({ ...TASK, title: `=1+${count},"x"` }))
    h.clock.advance(1)
  }
  return h
}

/** The cells of a CSV text. */
function cells(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    )
}

describe('an export', () => {
  test('F17: is the same rows in each format, oldest first, and no cell of CSV is a formula', async () => {
    const h = await harness(450)
    const lined = await (await h.handler(h.request('GET', 'P/exports/tasks?format=ndjson'))).text()
    const rows = lined
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toHaveLength(450)
    expect(rows.map(({ title }) => title).slice(0, 2)).toEqual(['=1+0,"x"', '=1+1,"x"'])
    expect((await h.ask('GET', 'P/exports/tasks?format=json')).json).toEqual(rows)
    const csv = cells((await h.ask('GET', 'P/exports/tasks?format=csv')).json)
    const [names = [], ...lines] = csv
    expect(lines).toHaveLength(450)
    expect(lines.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
    const title = names.indexOf('title')
    expect(lines.map((line) => line[title])).toEqual(rows.map((row) => `'${row.title}`))
    expect(lines.map((line) => line[names.indexOf('id')])).toEqual(rows.map(({ id }) => id))
  })

  test('of nothing is an empty file', async () => {
    const h = await harness()
    expect((await h.ask('GET', 'P/exports/tasks?format=json')).json).toEqual([])
    expect((await h.ask('GET', 'P/exports/costs')).json).toBe('')
    expect(cells((await h.ask('GET', 'P/exports/runs?format=csv')).json)).toHaveLength(1)
  })

  test('has costs line by line and the audit as it was sealed', async () => {
    const h = await harness(3)
    const agent = await h.agent()
    const { run } = unwrap(await agent.client.runs.start({ sessionKey: 's', model: 'm', estimatedCostMicros: 10 }))
    unwrap(await agent.client.runs.report({ runId: run.id, lines: [{ callId: 'c', costMicros: 7 }] }))
    await h.mc.record.seal()
    const costs = (await h.ask('GET', 'P/exports/costs?format=json')).json
    expect(costs).toMatchObject([{ runId: run.id, callId: 'c', billedMicros: 7 }])
    const audit = (await h.ask('GET', 'P/exports/audit?format=json')).json as { seq: number; hash: string }[]
    expect(audit.map(({ seq }) => seq)).toEqual(audit.map((_, index) => index + 1))
    const { files } = await h.mc.record.export({ projectId: h.projectId, format: 'JSON', parts: ['audit'] })
    expect(audit).toEqual(JSON.parse(files[0]?.text ?? ''))
  })

  test('ends where it began: what comes meanwhile is not in it', async () => {
    const h = await harness(250)
    const ids: string[] = []
    for await (const page of exportPages(h.admin, { projectId: h.projectId, part: 'tasks' })) {
      ids.push(...page.data.map(({ id }) => String(id)))
      h.clock.advance(1)
      unwrap(await h.admin.tasks.create(TASK))
    }
    expect(ids).toHaveLength(250)
    expect(new Set(ids).size).toBe(250)
  })

  test('reads one page ahead of its reader at most, and none after the reader has gone', async () => {
    const h = await harness(1000)
    const page = vi.spyOn(h.storage.queries, 'page')
    const response = await h.handler(h.request('GET', 'P/exports/tasks'))
    const reader = response.body?.getReader()
    await reader?.read()
    const readFor = () => page.mock.calls.filter(([{ kind }]) => kind === 'task').length
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readFor()).toBe(2)
    await reader?.cancel()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readFor()).toBe(2)
  })

  test('R-09: stops in the middle when the key is taken away', async () => {
    const h = await harness(700)
    const key = unwrap(await h.admin.keys.issue({ principalId: (await operatorOf(h)).id }))
    const response = await h.handler(h.request('GET', 'P/exports/tasks', { key: key.key }))
    const reader = response.body?.getReader()
    await reader?.read()
    unwrap(await h.admin.keys.revoke({ credentialId: key.credentialId }))
    await expect(
      (async () => {
        for (let reads = 0; reads < 10; reads++) if ((await reader?.read())?.done === true) return
      })(),
    ).rejects.toThrow('UNAUTHENTICATED')
  })

  test('R-04, R-92: is refused to whoever may not export, elsewhere, and in words of no format', async () => {
    const h = await harness(1)
    const agent = await h.agent({ role: 'LEAD', isCao: true })
    const key = unwrap(await h.admin.keys.issue({ principalId: agent.principalId })).key
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other' }))
    const own = unwrap(await h.admin.keys.issue({ principalId: (await operatorOf(h)).id })).key
    const statuses = [
      (await h.ask('GET', 'P/exports/tasks', { key })).json.code,
      (await h.ask('GET', 'P/exports/tasks', { key: null })).json.code,
      (await h.ask('GET', `/v1/projects/${other.id}/exports/tasks`, { key: own })).json.code,
      (await h.ask('GET', 'P/exports/credentials')).json.code,
      (await h.ask('GET', 'P/exports/tasks?format=xml')).json.code,
      (await h.ask('GET', 'P/exports/tasks?limit=1')).json.code,
      (await h.ask('GET', 'P/exports/audit/rows?cursor=-1')).json.code,
    ]
    expect(statuses).toEqual([
      'FORBIDDEN',
      'UNAUTHENTICATED',
      'NOT_FOUND',
      'NOT_FOUND',
      'VALIDATION',
      'VALIDATION',
      'CURSOR_INVALID',
    ])
  })
})

async function operatorOf(h: HttpHarness) {
  const given = { displayName: 'Ann', role: 'OPERATOR' as const, projectIds: [h.projectId] }
  return unwrap(await h.admin.principals.create(given)).principal
}
