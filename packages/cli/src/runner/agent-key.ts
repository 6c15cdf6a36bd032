import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  connectMissionControl,
  type MissionControlClient,
  type Outcome,
  type Transport,
  unwrap,
} from '@mission-control/core'
import { readKeyFile } from '../host/data-folder.ts'
import { InputFault } from '../input-fault.ts'
import type { RunnerSettings } from './runner-settings.ts'

/**
 * The client of the agent itself. A key that was issued is kept beside the workspace, outside of what the agent's tools
 * reach, so that a restart finds it: registering shows it only once.
 */
export async function openAgentClient(settings: RunnerSettings, transport: Transport): Promise<MissionControlClient> {
  const { project, key } = settings
  const clientOf = (secret: string) => connectMissionControl({ transport, key: secret, projectId: project })
  const given = key === null ? null : clientOf(key)
  const self = given === null ? null : unwrap(await given.principals.self({}))
  if (given !== null && self?.kind === 'AGENT') return given
  const file = keyFileOf(settings)
  const kept = await readKeyFile(file)
  if (kept !== null && isAccepted(await clientOf(kept).principals.self({}))) return clientOf(kept)
  const registrar = given ?? clientOf(settings.enrollmentKey ?? '')
  const issued = await registered(registrar, settings)
  const secret = issued.key ?? (self?.kind === 'HUMAN' ? await another(registrar, issued.principalId) : null)
  if (secret === null) {
    throw new InputFault(`${settings.name} is registered already, and its key is not in ${file}: set MC_API_KEY to it`)
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, `${secret}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
  return clientOf(secret)
}

function isAccepted(outcome: Outcome<unknown>): boolean {
  return outcome.ok
}

/** Beside the workspace: the agent's own tools end at its edge. */
function keyFileOf({ workspace }: RunnerSettings): string {
  return `${resolve(workspace)}.key`
}

async function registered(registrar: MissionControlClient, settings: RunnerSettings) {
  const { name, emoji, role, taskTypes, workspace, heartbeatIntervalMs } = settings
  return unwrap(
    await registrar.agents.register({
      name,
      emoji,
      role,
      allowedTaskTypes: [...taskTypes],
      workspacePath: workspace,
      heartbeatIntervalMs,
    }),
  )
}

async function another(admin: MissionControlClient, principalId: string): Promise<string> {
  return unwrap(await admin.keys.issue({ principalId })).key
}
