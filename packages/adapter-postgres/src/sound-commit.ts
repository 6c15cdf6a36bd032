import {
  type Add,
  accountKey,
  type Check,
  COMMIT_BYTES_MAX,
  COMMIT_ROWS_MAX,
  type Commit,
  changesSchema,
  eventSchema,
  invariant,
  isAppendOnlyKind,
  type JsonValue,
  type Kind,
  MissionControlError,
  type Put,
  RECORDS,
} from '@mission-control/core/storage'

/**
 * Insists on everything that can be known about a commit without looking at the store. Whatever is wrong here is a
 * bug of the caller, not a conflict.
 */
export function assertSound(commit: Commit): void {
  const { projectId, checks, puts, adds, events, receipt } = commit
  const rows = checks.length + puts.length + adds.length + events.length
  invariant(rows <= COMMIT_ROWS_MAX, `a commit writes or checks at most ${COMMIT_ROWS_MAX} rows`)
  for (const put of puts) assertShape(`${put.kind} ${put.record.id}`, checked(put))
  for (const event of events) assertShape(`event ${event.id}`, eventSchema.safeParse(event))
  assertCovered(checks, puts)
  for (const put of puts) assertOwner(`${put.kind} ${put.record.id}`, put.record.projectId, projectId)
  for (const event of events) assertOwner(`event ${event.id}`, event.projectId, projectId)
  for (const add of adds) assertAdd(add, projectId)
  if (receipt !== null) {
    const { key } = receipt
    for (const part of [key.projectId, key.principalId, key.command, key.key]) assertText(part)
    assertJson(receipt.receipt.response)
    invariant(Number.isSafeInteger(receipt.receipt.expiresAt), 'a receipt expires at a whole millisecond')
  }
}

/** Only what is written is checked: the rest of a changed record was, when it was. */
function checked({ kind, record, changed }: Put) {
  if (changed === undefined || record.version === 1) return RECORDS[kind].safeParse(record)
  const from: Readonly<Record<string, unknown>> = { ...record }
  const written: Record<string, unknown> = { version: record.version, updatedAt: record.updatedAt }
  for (const field of changed) written[field] = from[field]
  return changesSchema(kind, changed).safeParse(written)
}

/** The port bounds what one commit writes, so that no statement holds its locks for long. */
export function assertBytes(written: readonly string[]): void {
  const atMost = written.reduce((sum, json) => sum + 3 * json.length, 0)
  if (atMost <= COMMIT_BYTES_MAX) return
  const bytes = written.reduce((sum, json) => sum + Buffer.byteLength(json), 0)
  invariant(bytes <= COMMIT_BYTES_MAX, `a commit writes at most ${COMMIT_BYTES_MAX} bytes`)
}

function assertShape(what: string, checked: { success: boolean; error?: Error }): void {
  if (checked.success) return
  const cause = checked.error
  throw new MissionControlError('INTERNAL', `${what} does not have the shape of its kind: ${cause?.message}`, { cause })
}

function assertCovered(checks: readonly Check[], puts: readonly Put[]): void {
  const seen = new Map<string, number | null>()
  for (const { kind, id, version } of checks) {
    assertText(id)
    seen.set(refText(kind, id), version)
  }
  const written = new Set<string>()
  for (const { kind, record } of puts) {
    const ref = refText(kind, record.id)
    invariant(!written.has(ref), `a commit writes ${ref} once`)
    written.add(ref)
    const version = seen.get(ref)
    invariant(version !== undefined || isAppendOnlyKind(kind), `the put of ${ref} is covered by a check`)
    invariant(record.version === (version ?? 0) + 1, `the version of ${ref} is the checked one plus one`)
    invariant(record.version === 1 || !isAppendOnlyKind(kind), `${ref} is of a kind that is never updated`)
  }
}

/** Names a record within a commit. */
export function refText(kind: Kind, id: string): string {
  return `${kind} ${id}`
}

function assertOwner(what: string, owner: string | null, projectId: string | null): void {
  invariant(owner === null || owner === projectId, `${what} belongs to the project of the commit`)
}

function assertAdd({ account, reserved, settled, limit }: Add, projectId: string | null): void {
  assertText(account)
  invariant(accountKey(account)?.projectId === projectId, `account ${account} belongs to the project of the commit`)
  const amounts = limit === null ? [reserved, settled] : [reserved, settled, limit]
  invariant(amounts.every(Number.isSafeInteger), `the amounts on ${account} are whole numbers`)
}

/** A NUL would be refused by Postgres, and a lone surrogate silently replaced by another character. */
function assertText(text: string): void {
  invariant(text.isWellFormed() && !text.includes('\u0000'), 'a text can be stored as it is')
}

/** Records and events are checked by their schemas; only the answer in a receipt is free. */
function assertJson(value: JsonValue | undefined): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      assertText(key)
      assertJson(item)
    }
    return
  }
  if (typeof value === 'string') assertText(value)
  else invariant(value === null || typeof value === 'boolean' || Number.isFinite(value), 'a receipt holds JSON')
}
