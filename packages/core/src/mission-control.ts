import { createClient, type MissionControlClient } from './client.ts'
import { type BootstrapInput, type Bootstrapped, bootstrap } from './commands/bootstrap.ts'
import { issueAdminKey } from './commands/issue-admin-key.ts'
import { markKeyUsed } from './commands/mark-key-used.ts'
import { openSession } from './commands/open-session.ts'
import { recordBackup } from './commands/record-backup.ts'
import type { Caller } from './decide/command.ts'
import type { IssuedKey } from './effects/issue-key.ts'
import { ask, readReply } from './engine/ask.ts'
import { Engine, type EngineLimits } from './engine/execute.ts'
import { createKeeping, type Keeping } from './engine/keeping.ts'
import { createRecord, type LogRecord } from './engine/record.ts'
import { Relay } from './engine/relay.ts'
import { Sealer } from './engine/sealer.ts'
import { tracedRound, tracedStorage, tracedTransport } from './engine/traced.ts'
import { watchAs } from './engine/watch.ts'
import { MissionControlError } from './errors.ts'
import { type BackupOptions, backupJob } from './jobs/backup.ts'
import { checkpointJob } from './jobs/checkpoint.ts'
import { type Outbox, OutboxSender } from './jobs/outbox.ts'
import type { PeriodicJob } from './jobs/periodic.ts'
import { createJobs, type Jobs } from './jobs.ts'
import type { Credential, Principal } from './model/principal.ts'
import { type Outcome, refusal } from './model/refusal.ts'
import { BRIDGE_SCOPE, type TelegramLink } from './model/telegram.ts'
import type { CheckpointKeeper } from './ports/checkpoints.ts'
import type { Clock } from './ports/clock.ts'
import type { HealthProbe } from './ports/health-probe.ts'
import { type Ids, secureIds } from './ports/ids.ts'
import { type Logger, silentLogger } from './ports/logger.ts'
import type { NotificationChannel } from './ports/notification-channel.ts'
import type { OneTimeCodes } from './ports/one-time-codes.ts'
import type { Pause } from './ports/pause.ts'
import type { PriceBook } from './ports/price-book.ts'
import type { Signer } from './ports/signer.ts'
import type { Storage } from './ports/storage.ts'
import type { Tracer } from './ports/tracer.ts'
import type { Transport } from './ports/transport.ts'
import type { WebhookOptions } from './ports/webhooks.ts'
import { OPERATIONS } from './registry.ts'
import { digestsEqual, isLive, isUseNews, parseToken, secretHash } from './rules/keys.ts'

export interface MissionControlOptions {
  /** Where records are kept: `createMemoryStorage()`, `createPostgresStorage(…)`, or an adapter of yours. Its clock is the clock. */
  readonly storage: Storage
  /** Source of ids and secrets; default: the platform's secure random source. */
  readonly ids?: Ids
  readonly logger?: Logger
  /** The clock of this machine, which only tells how old a remembered look is. Default: the system's. */
  readonly clock?: Clock
  /** How the engine waits before it looks again; default: the machine's timers. Simulations turn their clock here. */
  readonly pause?: Pause
  /**
   * The rate card that usage is priced by, after the prices of the policy. Default: none, so that what no policy prices
   * is UNPRICED. `@mission-control/genai-prices` has one of the public list prices.
   */
  readonly priceBook?: PriceBook
  /**
   * Checks one-time codes: `totpCodes(…)`. Without it nobody who owes a code decides on anything RED.
   */
  readonly oneTimeCodes?: OneTimeCodes
  /** How much of something one caller may do; default: 500 calls of the gate per agent and minute, in each process. */
  readonly limits?: Partial<EngineLimits>
  /** Signs checkpoints of the log and manifests of exports: `ed25519Signer(…)`, or one that asks a key service. */
  readonly signer?: Signer
  /** Where checkpoints go, outside the store. Without it they are only handed to whoever asks. */
  readonly checkpoints?: CheckpointKeeper
  /** Where the daily backup goes, for example `{ place: folderBackups('…') }`. Default: nowhere. */
  readonly backups?: BackupOptions
  /** What this host needs beside its store; while one of them fails, HEALTH_DEGRADED is raised in each project. */
  readonly probes?: readonly HealthProbe[]
  /** How this host reaches people. Default: not at all; notes wait in the outbox until they are too old. */
  readonly channels?: readonly NotificationChannel[]
  /** What webhooks are signed and sent with. Without it none can be made, and those there are wait for another host. */
  readonly webhooks?: WebhookOptions
  /** Watches each operation, and each look into the store, as a span. Default: nobody does, and it costs nothing. */
  readonly tracer?: Tracer
}

/** Whose credential it was, for hosts that count or log; what it may do is for the client to find out. */
export interface KnownCaller {
  readonly principalId: string
  /** Null for everybody but an agent. */
  readonly agentId: string | null
  readonly credentialId: string
  readonly kind: Credential['kind']
  /** Until when it opens the door at most; null: until somebody ends it. */
  readonly expiresAt: number | null
}

/** How a credential is shown. */
export interface AuthenticateContext {
  /** With the key of a bridge: the Telegram user whose linked person acts. */
  readonly actFor?: string
  readonly onKnown?: (who: KnownCaller) => void
  /** False for looks that nobody asked for, such as those of an open stream: they do not keep an idle session alive. */
  readonly isUse?: boolean
}

/** The root of trust, kept by host code. Agents and request handlers get clients, from which there is no way back. */
export interface MissionControl {
  /**
   * The client of a credential's principal; UNAUTHENTICATED when the key is missing, unknown, expired or revoked. With
   * the key of a bridge, `actFor` names the Telegram user whose linked person acts; without a link, UNAUTHENTICATED.
   */
  authenticate(token: string, context?: AuthenticateContext): Promise<Outcome<MissionControlClient>>
  /**
   * Opens a session for the person whose key this is: a token that `authenticate` takes, for the cookie of a browser.
   * It ends 12 hours later, after 30 minutes without use, and with its key. FORBIDDEN for agents, and for keys with a
   * scope or a ceiling.
   */
  openSession(token: string): Promise<Outcome<IssuedKey>>
  /** The client of an existing principal, without a key. It acts with that principal's rights, no more. */
  as(principalId: string): Promise<MissionControlClient>
  /** The client of the system itself: jobs, imports, containment. */
  readonly system: MissionControlClient
  /** Sets up an empty store once: the first ADMIN and its key, the GLOBAL policy, optionally a project. FORBIDDEN afterwards. */
  bootstrap(input: BootstrapInput): Promise<Outcome<Bootstrapped>>
  /** A new key for an existing ADMIN who lost theirs. Audited. */
  issueAdminKey(principalId: string): Promise<Outcome<IssuedKey>>
  /** What the clock drives: leases, expiries, silence. A host calls `runDue` every few seconds; any number of hosts may. */
  readonly jobs: Jobs
  /** The log as a record that can be checked: seals, checkpoints, verification. */
  readonly record: LogRecord
  /** The store as a whole: backups, restores, verification. */
  readonly keeping: Keeping
  /** What people are to be told. A host calls `sendDue` every five seconds; any number of hosts may. */
  readonly outbox: Outbox
  /** Ends watchers and closes the storage. */
  close(): Promise<void>
}

function bridgeCaller(credential: Credential): Caller {
  return { principalId: 'system', agentId: null, isSystem: true, key: keyOf(credential), isBridge: true }
}

function keyOf({ id, kind, openedById }: Credential): Caller['key'] {
  return { id, kind, openedById }
}

function known(credential: Credential, principalId: string, agentId: string | null): KnownCaller {
  const { id, kind, expiresAt } = credential
  return { principalId, agentId, credentialId: id, kind, expiresAt }
}

const NOBODY: Outcome<never> = {
  ok: false,
  error: refusal('UNAUTHENTICATED', 'this key is unknown, expired or revoked'),
}
const SYSTEM_CALLER: Caller = { principalId: 'system', agentId: null, isSystem: true, key: null }

/** Creates a Mission Control that runs in this process, without a server. */
export function createMissionControl(options: MissionControlOptions): MissionControl {
  const { ids = secureIds(), logger = silentLogger, tracer } = options
  const storage = tracer === undefined ? options.storage : tracedStorage(options.storage, tracer)
  const engine = new Engine({ ...options, storage, ids, logger })
  const relay = new Relay(storage, logger)
  const sealer = new Sealer(storage, logger)
  const { signer, checkpoints } = options
  const record = createRecord({ storage, sealer, relay, signer, checkpoints })
  const keeping = createKeeping({ storage, sealer, signer }, (about) =>
    engine.execute(recordBackup, SYSTEM_CALLER, about, {}),
  )
  const outward = outwardJobs(options, record, keeping)

  const transportOf = (caller: Caller): Transport => ({
    send: async (name, input, context) => {
      const operation = OPERATIONS.get(name)
      if (operation === undefined) return { ok: false, error: refusal('NOT_FOUND', `no such operation: ${name}`) }
      if (operation.type === 'query') return ask(storage, operation.query, caller, input)
      const outcome = await engine.execute(operation.command, caller, input, context)
      if (!outcome.ok || operation.reply === null) return outcome
      return readReply(storage, operation.command, operation.reply, caller, input, outcome.data)
    },
    subscribe: (request) => watchAs(storage, relay, caller, request),
  })
  const watched = (caller: Caller): Transport =>
    tracer === undefined ? transportOf(caller) : tracedTransport(transportOf(caller), tracer, caller.agentId)
  const clientOf = (caller: Caller, projectId?: string) => createClient(watched(caller), projectId)

  const { callerOf, asPrincipal, asLinked, clientAs } = doors(storage, clientOf)
  const system = clientOf(SYSTEM_CALLER)
  const outbox = new OutboxSender({ ...options, storage, system, clientOf: clientAs, logger })
  const jobs = createJobs({ storage, system, logger, ids, record, outward, probes: options.probes ?? [] })

  return {
    authenticate: async (token, { actFor, onKnown, isUse = true } = {}) => {
      const client = await authenticated(storage, token, async (credential, now) => {
        if (isUse && isUseNews(credential, now)) {
          const { ok } = await engine.execute(markKeyUsed, SYSTEM_CALLER, { credentialId: credential.id }, {})
          if (!ok) return null
        }
        const isBridge = credential.scopes.includes(BRIDGE_SCOPE)
        if (actFor !== undefined) return isBridge ? asLinked(actFor, credential, onKnown) : null
        if (!isBridge) return asPrincipal(credential.principalId, credential, onKnown)
        onKnown?.(known(credential, 'system', null))
        return clientOf(bridgeCaller(credential))
      })
      return client === null ? NOBODY : { ok: true, data: client }
    },
    openSession: async (token) => {
      const outcome = await authenticated(storage, token, async (credential) => {
        const caller = await callerOf(credential.principalId, credential)
        return caller && engine.execute(openSession, caller, { credentialId: credential.id }, {})
      })
      return (outcome ?? NOBODY) as Outcome<IssuedKey>
    },
    as: clientAs,
    system,
    bootstrap: async (input) => (await engine.execute(bootstrap, SYSTEM_CALLER, input, {})) as Outcome<Bootstrapped>,
    issueAdminKey: async (principalId) =>
      (await engine.execute(issueAdminKey, SYSTEM_CALLER, { principalId }, {})) as Outcome<IssuedKey>,
    jobs: { runDue: tracedRound(tracer, 'jobs.runDue', () => jobs.runDue()) },
    record,
    keeping,
    outbox: { sendDue: tracedRound(tracer, 'outbox.sendDue', () => outbox.sendDue()) },
    close: async () => {
      outbox.close()
      await relay.close()
      await storage.close()
    },
  }
}

/** The periodic jobs that need something outside the store, as far as it was given. */
function outwardJobs(options: MissionControlOptions, record: LogRecord, keeping: Keeping): readonly PeriodicJob[] {
  const { signer, checkpoints, backups } = options
  return [
    ...(signer === undefined || checkpoints === undefined ? [] : [checkpointJob(record)]),
    ...(backups === undefined ? [] : [backupJob(keeping, backups)]),
  ]
}

/** The ways to the client of a principal; all of them lead through its row. */
function doors(storage: Storage, clientOf: (caller: Caller, projectId?: string) => MissionControlClient) {
  const principalOf = async (principalId: string) => {
    const loaded = await storage.load({ records: [{ kind: 'principal', id: principalId }] })
    return (loaded.records[0] ?? null) as Principal | null
  }

  const enter = async (principalId: string, credential: Credential | null) => {
    const principal = await principalOf(principalId)
    if (principal === null || principal.status !== 'ACTIVE') return null
    const key = credential === null ? null : keyOf(credential)
    const caller: Caller = { principalId, agentId: principal.agentId, isSystem: false, key }
    return { principal, caller }
  }

  const callerOf = async (principalId: string, credential: Credential) =>
    (await enter(principalId, credential))?.caller ?? null

  const asPrincipal = async (
    principalId: string,
    credential: Credential | null,
    onKnown?: (who: KnownCaller) => void,
  ): Promise<MissionControlClient | null> => {
    const entered = await enter(principalId, credential)
    if (entered === null) return null
    const { projectIds, agentId } = entered.principal
    // An agent has one project, so its client need not be told.
    const home = projectIds !== 'ALL' && projectIds.length === 1 ? projectIds[0] : undefined
    if (credential !== null) onKnown?.(known(credential, principalId, agentId))
    return clientOf(entered.caller, credential?.ceiling?.projectId ?? home)
  }

  /** The person a Telegram user is linked to, reached by the key of a bridge. */
  const asLinked = async (
    telegramUserId: string,
    bridge: Credential,
    onKnown?: (who: KnownCaller) => void,
  ): Promise<MissionControlClient | null> => {
    const lookups = [{ lookup: 'telegramLinkByUser' as const, values: [telegramUserId], limit: 1 }]
    const link = ((await storage.load({ lookups })).lookups[0]?.[0] ?? null) as TelegramLink | null
    return link === null ? null : asPrincipal(link.principalId, bridge, onKnown)
  }

  const clientAs = async (principalId: string): Promise<MissionControlClient> => {
    const client = await asPrincipal(principalId, null)
    if (client === null) throw new MissionControlError('INTERNAL', `no active principal ${principalId}`)
    return client
  }
  return { callerOf, asPrincipal, asLinked, clientAs }
}

const DUMMY_HASH = secretHash('no such key')

async function authenticated<T>(
  storage: Storage,
  token: string,
  open: (credential: Credential, now: number) => Promise<T | null>,
): Promise<T | null> {
  const parts = parseToken(token)
  if (parts === null) return null
  const loaded = await storage.load({ lookups: [{ lookup: 'credentialByKeyId', values: [parts.keyId], limit: 1 }] })
  const credential = (loaded.lookups[0]?.[0] ?? null) as Credential | null
  // An unknown key costs the same comparison as a known one.
  const matches = digestsEqual(secretHash(parts.secret), credential?.secretHash ?? DUMMY_HASH)
  if (credential === null || !matches || !isLive(credential, loaded.now)) return null
  return (await isOpenerLive(storage, credential)) ? open(credential, loaded.now) : null
}

/** Whether the key that a session was opened with still opens something. */
async function isOpenerLive(storage: Storage, { openedById }: Credential): Promise<boolean> {
  if (openedById === null) return true
  const loaded = await storage.load({ records: [{ kind: 'credential', id: openedById }] })
  const opener = (loaded.records[0] ?? null) as Credential | null
  return opener !== null && isLive(opener, loaded.now)
}
