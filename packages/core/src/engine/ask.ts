import { accessProblem, keyProblem, keyRefs } from '../decide/access.ts'
import type { Caller, WhenContained } from '../decide/command.ts'
import { LoadedSnapshot } from '../decide/snapshot.ts'
import { isRefusedError } from '../errors.ts'
import { SYSTEM_ID } from '../model/ids.ts'
import { strictestMode } from '../model/project.ts'
import { fieldErrors, type Outcome, refusal } from '../model/refusal.ts'
import type { Scope, Storage } from '../ports/storage.ts'
import type { Reading } from '../queries/query.ts'
import type { AnyCommand, AnyQuery, ReadReply } from '../registry.ts'
import type { Permission } from '../rules/permissions.ts'

/** Answers one query for one caller, after the same checks as a command. */
export async function ask(
  storage: Storage,
  query: AnyQuery,
  caller: Caller,
  rawInput: unknown,
): Promise<Outcome<unknown>> {
  const parsed = query.input.safeParse(rawInput)
  if (!parsed.success) {
    return {
      ok: false,
      error: refusal('VALIDATION', `${query.name}: the input is not valid`, { errors: fieldErrors(parsed.error) }),
    }
  }
  const projectId: string | null = query.level === 'project' ? parsed.data.projectId : null
  const reading = await readingFor(storage, caller, projectId, query.permission, 'unless-quarantined')
  if (!reading.ok) return reading
  try {
    return await query.read(reading.data as never, parsed.data as never)
  } catch (error) {
    // A store refuses only what the caller sent: a cursor that is not of its log.
    if (isRefusedError(error)) return { ok: false, error: error.refusal }
    throw error
  }
}

/** Reads the full answer of a command that was just committed. */
export async function readReply(
  storage: Storage,
  command: AnyCommand,
  read: ReadReply,
  caller: Caller,
  rawInput: unknown,
  data: unknown,
): Promise<Outcome<unknown>> {
  const input = command.input.parse(rawInput)
  const projectId: string | null = command.level === 'project' ? input.projectId : null
  const reading = await readingFor(storage, caller, projectId, null, 'allowed')
  return reading.ok ? read(reading.data as never, input, data) : reading
}

async function readingFor(
  storage: Storage,
  caller: Caller,
  projectId: string | null,
  permission: Permission | null,
  whenContained: WhenContained,
): Promise<Outcome<Reading>> {
  const scope: Scope = {
    records: [
      { kind: 'system', id: SYSTEM_ID },
      ...(projectId === null ? [] : [{ kind: 'project' as const, id: projectId }]),
      ...(caller.isSystem ? [] : [{ kind: 'principal' as const, id: caller.principalId }]),
      ...(caller.agentId === null ? [] : [{ kind: 'agent' as const, id: caller.agentId }]),
      ...keyRefs(caller),
    ],
  }
  const snapshot = new LoadedSnapshot(scope, await storage.load(scope))
  const project = projectId === null ? null : snapshot.peek('project', projectId)
  const principal = caller.isSystem ? null : snapshot.peek('principal', caller.principalId)
  const agent = caller.agentId === null ? null : snapshot.peek('agent', caller.agentId)
  if (principal === null && !caller.isSystem)
    return { ok: false, error: refusal('UNAUTHENTICATED', 'no such principal') }
  const keyRefused = keyProblem(caller, snapshot, { forEnrollment: false, permission })
  if (keyRefused !== null) return { ok: false, error: keyRefused }
  if (projectId !== null && project === null) return { ok: false, error: refusal('NOT_FOUND', 'no such project') }
  if (principal !== null) {
    const mode = strictestMode([
      snapshot.peek('system', SYSTEM_ID)?.operatorMode ?? 'NORMAL',
      project?.operatorMode ?? 'NORMAL',
    ])
    const problem = accessProblem({ principal, agent, project, mode, permission, whenContained, writes: false })
    if (problem !== null) return { ok: false, error: problem }
  }
  const reading: Reading & { project: unknown } = {
    queries: storage.queries,
    look: async (wanted) => new LoadedSnapshot(wanted, await storage.load(wanted)),
    readEvents: (wanted) => storage.readEvents(wanted),
    now: snapshot.now,
    principal,
    agent,
    project,
  }
  return { ok: true, data: reading }
}
