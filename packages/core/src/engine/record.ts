import { MissionControlError } from '../errors.ts'
import { type Checkpoint, emptyHead } from '../model/seal.ts'
import type { CheckpointKeeper } from '../ports/checkpoints.ts'
import type { Signer } from '../ports/signer.ts'
import type { Storage } from '../ports/storage.ts'
import { type Replayed, replayLog } from '../queries/replay-log.ts'
import { type Attested, type Verified, verifyChain } from '../queries/verify-chain.ts'
import { checkpointText } from '../rules/chain.ts'
import { type Exported, type ExportRequest, exportProject } from './export.ts'
import type { Relay } from './relay.ts'
import type { Sealer } from './sealer.ts'

/** How old the oldest event is that somebody still waits for, in ms; 0 when nobody does. */
export interface LogLag {
  /** Until this host gives it to those who watch; null while nobody watches here. */
  readonly feedMs: number | null
  /** Until it is sealed. A transaction that is left open anywhere on the server holds back both. */
  readonly sealMs: number
}

/** The log as a record that others can check: it is numbered, chained and attested. */
export interface LogRecord {
  /** Seals everything committed so far. A host that calls `jobs.runDue` or `keepSealed` need not. */
  seal(): Promise<number>
  /** Seals as commits come, within a second, until the signal aborts. Any number of hosts may. */
  keepSealed(signal: AbortSignal): Promise<void>
  /**
   * Checks the chain of one log from its first event, against the given checkpoints and the latest one kept outside.
   * Names the first number that is not as it was. Seals first, so that everything committed is in the answer.
   */
  verify(request: {
    readonly projectId: string | null
    readonly checkpoints?: readonly Checkpoint[]
  }): Promise<Verified>
  /** How far the live feed of this host and the seals are behind the commits: for a gauge. */
  lag(): Promise<LogLag>
  /** Compares the tables of a project with what its log alone tells, row by row. */
  replay(projectId: string): Promise<Replayed>
  /** A project as files of one moment, redacted, with a manifest that is signed where there is a signer. */
  export(request: ExportRequest): Promise<Exported>
  /** Signs the head of a log and keeps it outside, if a keeper was given; null while the log is empty. */
  checkpoint(projectId: string | null): Promise<Checkpoint | null>
}

export interface RecordOptions {
  readonly storage: Storage
  readonly sealer: Sealer
  readonly relay: Pick<Relay, 'position'>
  readonly signer: Signer | undefined
  readonly checkpoints: CheckpointKeeper | undefined
}

export function createRecord({ storage, sealer, relay, signer, checkpoints }: RecordOptions): LogRecord {
  const signerOrFault = (): Signer => {
    if (signer === undefined) throw new MissionControlError('INTERNAL', 'checkpoints need the option `signer`')
    return signer
  }

  /** A checkpoint whose signature does not hold attests nothing, and says that somebody wanted it to. */
  async function attested(checkpoint: Checkpoint): Promise<Attested> {
    const isGenuine = await signerOrFault().verify(checkpointText(checkpoint), checkpoint.signature, checkpoint.keyId)
    return { ...checkpoint, isGenuine }
  }

  /** Of the first event after a place, whether readers can see it yet or not. */
  async function ageOfFirst(after: string | null, now: number): Promise<number> {
    const { events } = await storage.queries.timeline({ limit: 1, ...(after === null ? {} : { after }) })
    return events[0] === undefined ? 0 : Math.max(0, now - events[0].time)
  }

  return {
    seal: () => sealer.seal(),
    keepSealed: (signal) => sealer.keepSealed(signal),
    verify: async ({ projectId, checkpoints: given = [] }) => {
      await sealer.seal()
      const kept = (await checkpoints?.latest(projectId)) ?? null
      const all = [...given, ...(kept === null ? [] : [kept])]
      const own = all.filter((checkpoint) => checkpoint.projectId === projectId)
      return verifyChain(storage.queries, emptyHead(projectId), await Promise.all(own.map(attested)))
    },
    lag: async () => {
      const { position } = relay
      const { after } = await storage.readUnsealed(1)
      const now = await storage.queries.now()
      return {
        feedMs: position === undefined ? null : await ageOfFirst(position, now),
        sealMs: await ageOfFirst(after, now),
      }
    },
    export: (request) => exportProject({ storage, sealer, signer }, request),
    replay: (projectId) => replayLog(storage, projectId),
    checkpoint: async (projectId) => {
      const { keyId, sign } = signerOrFault()
      await sealer.seal()
      const head = await storage.queries.chainHead(projectId)
      if (head === null) return null
      const at = await storage.queries.now()
      const checkpoint = { ...head, at, keyId, signature: await sign(checkpointText({ ...head, at, keyId })) }
      await checkpoints?.keep(checkpoint)
      return checkpoint
    },
  }
}
