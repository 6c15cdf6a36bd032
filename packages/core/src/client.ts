import type { StoredEvent } from './ports/storage.ts'
import type { CallContext, Transport } from './ports/transport.ts'
import { type Facade, OPERATIONS } from './registry.ts'

/** Everything a principal can do and read, in process or over the network; the same object either way. */
export type MissionControlClient = Facade & {
  /** This client with another default project. */
  inProject(projectId: string): MissionControlClient
  /** Events as they happen, in order and at least once, from after the cursor (or from now on `after: 'now'`). Ends when the signal aborts. */
  watch(request?: { projectId?: string; after?: string; signal?: AbortSignal }): AsyncIterable<StoredEvent>
}

/** Builds the facade over a transport. Each method sends one operation of the registry. */
export function createClient(transport: Transport, defaultProjectId?: string): MissionControlClient {
  const groups: Record<string, Record<string, unknown>> = {}
  for (const operation of OPERATIONS.values()) {
    const [noun, verb] = operation.name.split('.') as [string, string]
    const level = operation.type === 'command' ? operation.command.level : operation.query.level
    const group = groups[noun] ?? {}
    groups[noun] = group
    group[verb] = (input: Record<string, unknown>, context: CallContext = {}) => {
      const fillsIn = level === 'project' && input.projectId === undefined && defaultProjectId !== undefined
      return transport.send(operation.name, fillsIn ? { ...input, projectId: defaultProjectId } : input, context)
    }
  }
  return {
    ...groups,
    inProject: (projectId: string) => createClient(transport, projectId),
    watch: (request: { projectId?: string; after?: string; signal?: AbortSignal } = {}) => {
      const projectId = request.projectId ?? defaultProjectId
      return transport.subscribe({ ...request, ...(projectId === undefined ? {} : { projectId }) })
    },
  } as unknown as MissionControlClient
}

/**
 * A client of a Mission Control that runs elsewhere. The key is a credential such as `mc_live_…`;
 * the transport decides how it travels.
 */
export function connectMissionControl(options: {
  transport: Transport
  key: string
  projectId?: string
}): MissionControlClient {
  const { transport, key } = options
  return createClient(
    {
      send: (operation, input, context) => transport.send(operation, input, { ...context, key }),
      subscribe: (request) => transport.subscribe({ ...request, key }),
    },
    options.projectId,
  )
}
