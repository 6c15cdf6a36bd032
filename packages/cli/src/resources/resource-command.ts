import {
  type CallContext,
  type MissionControlClient,
  OPERATIONS,
  type Operation,
  type Outcome,
} from '@mission-control/core'
import type { CliCommand, CliOption, Given } from '../command.ts'
import { jsonOption } from '../commands/options.ts'
import { type Connection, connect, connectInProject, connectionOptions } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { toJsonLines } from '../json-lines.ts'
import { exitOf, refusalText } from '../render/refusal.ts'
import { type Row, recordText, tableText, valueAt } from '../render/table.ts'
import type { Terminal } from '../terminal.ts'
import { inputOf, openFields, optionsOf } from './input-options.ts'
import type { Resource } from './resource.ts'

const pagingOptions: readonly CliOption[] = [
  { name: '--cursor', kind: 'text', value: 'cursor', summary: 'go on where an earlier page ended' },
  { name: '--all', kind: 'flag', summary: 'every page, not only the first' },
]

const writingOptions: readonly CliOption[] = [
  {
    name: '--idempotency-key',
    kind: 'text',
    value: 'key',
    summary: 'repeating with the same key has no second effect',
  },
  { name: '--otp', kind: 'text', value: 'code', summary: 'one-time code, where a second factor is asked for' },
]

/** The command over one operation of the registry. */
export function resourceCommand(resource: Resource): CliCommand {
  const operation = OPERATIONS.get(resource.operation)
  if (operation === undefined) throw new Error(`no such operation: ${resource.operation}`)
  const { level, summary } = operation.type === 'command' ? operation.command : operation.query
  const fields = openFields(resource, operation)
  const parts = (resource.parts ?? []).map((part): CliOption => part)
  return {
    path: resource.path,
    summary: resource.summary ?? summary,
    words: (resource.words ?? []).map((path) => `<${path.split('.').at(-1)}>`),
    options: [
      ...fields.flatMap((field) => optionsOf(field, resource.fromFile?.includes(field.name) === true)),
      ...parts,
      ...(isList(operation) ? pagingOptions : []),
      ...(operation.type === 'command' ? writingOptions : []),
      ...connectionOptions,
      jsonOption,
    ],
    run: async (given, terminal) => {
      const input = await inputOf(resource, operation, given, terminal)
      const connection = await (level === 'project' ? connectInProject : connect)(given, terminal)
      try {
        return await ask(connection, resource, operation, input, given, terminal)
      } finally {
        await connection.close()
      }
    },
  }
}

function isList(operation: Operation): boolean {
  return operation.type === 'query' && 'cursor' in operation.query.input.shape
}

async function ask(
  { client }: Connection,
  resource: Resource,
  operation: Operation,
  input: Record<string, unknown>,
  given: Given,
  terminal: Terminal,
): Promise<number> {
  const { 'idempotency-key': idempotencyKey, otp: oneTimeCode, cursor } = given.texts
  const context = {
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(oneTimeCode === undefined ? {} : { oneTimeCode }),
  }
  let from = cursor
  const pages: Row[] = []
  for (;;) {
    const outcome = await callOperation(
      client,
      operation.name,
      from === undefined ? input : { ...input, cursor: from },
      context,
    )
    if (!outcome.ok) return refused(outcome, given, terminal)
    const page = pageOf(outcome.data)
    if (page === null) {
      terminal.write(given.flags.json === true ? toJsonLines([outcome.data]) : answerText(outcome.data, resource))
      return EXIT.ok
    }
    pages.push(...page.data)
    from = page.nextCursor ?? undefined
    if (from === undefined || given.flags.all !== true) break
  }
  terminal.write(given.flags.json === true ? toJsonLines(pages) : rowsText(pages, resource, terminal))
  if (from !== undefined) terminal.complain(`There is more: --cursor ${from}, or --all\n`)
  return EXIT.ok
}

/** Says why not, on the channel for people; with `--json` as one value, so that a program may read it. */
export function refused(outcome: Extract<Outcome<unknown>, { ok: false }>, given: Given, terminal: Terminal): number {
  terminal.complain(given.flags.json === true ? toJsonLines([outcome]) : refusalText(outcome.error))
  return exitOf(outcome.error)
}

type Method = (input: Record<string, unknown>, context: CallContext) => Promise<Outcome<unknown>>

function callOperation(
  client: MissionControlClient,
  name: string,
  input: Record<string, unknown>,
  context: CallContext,
): Promise<Outcome<unknown>> {
  const [noun = '', verb = ''] = name.split('.')
  // The facade is made from the registry, and the name was found there.
  const method = (client as unknown as Readonly<Record<string, Readonly<Record<string, Method>>>>)[noun]?.[verb]
  if (method === undefined) throw new Error(`no such operation: ${name}`)
  return method(input, context)
}

function pageOf(answer: unknown): { readonly data: readonly Row[]; readonly nextCursor: string | null } | null {
  if (typeof answer !== 'object' || answer === null || !('data' in answer) || !Array.isArray(answer.data)) return null
  const nextCursor = 'nextCursor' in answer && typeof answer.nextCursor === 'string' ? answer.nextCursor : null
  return { data: answer.data as Row[], nextCursor }
}

function rowsText(rows: readonly Row[], { columns, shows }: Resource, terminal: Terminal): string {
  if (rows.length === 0) return terminal.columns === undefined ? '' : 'Nothing.\n'
  const shown = shows === undefined ? rows : rows.map((row) => valueAt(row, shows) as Row)
  return tableText(columns ?? scalarFields(shown), shown, terminal)
}

/** What a table shows when nobody said: every field that is no list and no record, as far as a line takes it. */
function scalarFields(rows: readonly Row[]): readonly string[] {
  const COLUMNS_MAX = 8
  const fields = Object.entries(rows[0] ?? {}).filter(([, value]) => typeof value !== 'object' || value === null)
  return fields.map(([name]) => name).slice(0, COLUMNS_MAX)
}

function answerText(answer: unknown, { shows }: Resource): string {
  if (Array.isArray(answer)) return answer.map((one) => recordText(one as Row)).join('\n')
  if (typeof answer !== 'object' || answer === null) return `${String(answer)}\n`
  return recordText((shows === undefined ? answer : valueAt(answer as Row, shows)) as Row)
}
