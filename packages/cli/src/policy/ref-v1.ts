import {
  COMMAND_CATALOG,
  type CommandProfile,
  DEFAULT_POLICY,
  type PolicyContent,
  policyContent,
} from '@mission-control/core/policy'
import { z } from 'zod'
import { InputFault } from '../input-fault.ts'
import { deniedBy, joinCommands, listedCommands, listedGitCommand, listedRunner } from './ref-v1-prose.ts'

const text = z.string().max(2000)
const texts = z.array(text).max(1000)
const scheme = z.enum(['http', 'https'])
const absolute = z.string().startsWith('/').max(4096)

/** Forms that this engine lets through when every part of them is allowed. */
const compose = z.array(z.enum(['|', '&&', '||', ';', 'newline', '( )'])).max(20)
const redirect = z.enum([
  '> /dev/null',
  '2> /dev/null',
  '2>&1',
  '< workspace-file',
  'quoted heredoc to an allowed command',
  'literal here-string',
])
/** Forms that it never lets through, so a file has to name no others. */
const neverAllowed = z.enum([
  'command/process substitution',
  'parameter, arithmetic, brace, tilde expansion',
  'ANSI-C or locale quoting',
  'assignment prefix',
  'functions, aliases, loops, conditionals, coproc, background, negation',
  'line continuation',
  'control or invisible characters',
  'a command name that is not a bare literal word',
])

const shell = z.strictObject({
  dialect: z.literal('bash'),
  maxLength: z.int().min(1).max(10_000),
  maxCommands: z.int().min(1).max(100),
  compose,
  redirectsAllow: z.array(redirect).max(20),
  neverAutoAllow: z.array(neverAllowed).max(20),
  allow: z.strictObject({ inspect: texts, search: texts, git: texts, runners: texts }),
  residualRisk: text.optional(),
  deny: texts,
})

const network = z.strictObject({
  allowlist: z.strictObject({
    hosts: texts,
    exactHostOnly: z.boolean(),
    schemes: z.array(scheme).max(2),
    ports: z.array(z.int().min(1).max(65_535)).max(1000),
    methodsAllow: texts,
    methodsApprove: texts,
    maxRedirects: z.int().min(0).max(20),
    recheckEveryHop: z.literal(true),
  }),
  public: z.strictObject({
    schemes: z.array(scheme).max(2),
    denySpecialPurposeAddresses: z.literal(true),
    allResolvedAddressesMustBePublic: z.literal(true),
    pinResolvedAddress: z.literal(true),
    note: text.optional(),
  }),
})

const MINUTE_MS = 60_000
const span = z.string().regex(/^[0-9]{1,4}[mh]$/, 'must be minutes or hours, such as 30m or 1h')

/** A policy file of the form `ref-v1`. What this engine always does must say true; what it cannot do is refused. */
export const refV1 = z.strictObject({
  id: z.string().min(1).max(100),
  note: text.optional(),
  agent: z.strictObject({ role: z.literal('SPECIALIST'), project: text }).optional(),
  workspace: z.strictObject({ root: absolute, cwd: absolute, home: absolute }),
  fs: z.strictObject({
    readRoots: texts,
    readDeny: texts,
    readAllowExceptions: texts,
    writeRoots: texts,
    delete: z.enum(['allow', 'approve']),
    denyMatchingIsCaseInsensitive: z.literal(true),
  }),
  network,
  shell,
  approvals: z
    .strictObject({
      ttl: span,
      singleUse: z.literal(true),
      redNeedsHuman: z.literal(true),
      requesterMayNotDecide: z.literal(true),
      binding: text,
    })
    .optional(),
})
export type RefV1 = z.infer<typeof refV1>

/** Whether a file means to be of this form, so that its own faults are named and not those of another form. */
export function isRefV1(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !('format' in given) && 'fs' in given && 'shell' in given
}

/** Looks up every entry of a list; one that is not known names its place. */
function read<T>(place: string, entries: readonly string[], look: (entry: string) => T | null): readonly T[] {
  return entries.map((entry, at) => {
    const found = look(entry)
    if (found === null) throw new InputFault(`${place}.${at}: no known entry: ${JSON.stringify(entry)}`)
    return found
  })
}

function commandsOf(file: string, { allow }: RefV1['shell']): Record<string, CommandProfile> {
  const parts = [
    ...read(`${file}: shell.allow.inspect`, allow.inspect, listedCommands),
    ...read(`${file}: shell.allow.search`, allow.search, listedCommands),
    ...read(`${file}: shell.allow.runners`, allow.runners, listedRunner),
  ]
  const git = read(`${file}: shell.allow.git`, allow.git, listedGitCommand)
  return joinCommands(git.length === 0 ? parts : [...parts, { git: COMMAND_CATALOG.git(git) }])
}

function networkOf({ allowlist, public: open }: RefV1['network'], mode: 'allowlist' | 'public') {
  const { hosts, exactHostOnly, methodsAllow, methodsApprove, maxRedirects } = allowlist
  const reach =
    mode === 'public' ? { schemes: open.schemes, ports: 'any' } : { schemes: allowlist.schemes, ports: allowlist.ports }
  return { hosts, exactHostOnly, ...reach, methodsAllow, methodsApprove, mode, literalAddresses: [], maxRedirects }
}

function rulesOf({ approvals }: RefV1) {
  if (approvals === undefined) return null
  const amount = Number(approvals.ttl.slice(0, -1))
  return { redTtlMs: amount * MINUTE_MS * (approvals.ttl.endsWith('h') ? 60 : 1) }
}

/** The policy of ours that means the same as a `ref-v1` file, with its network in the given mode. */
export function contentOfRefV1(file: string, ref: RefV1, mode: 'allowlist' | 'public'): PolicyContent {
  const denied = read(`${file}: shell.deny`, ref.shell.deny, deniedBy)
  const { toolMap } = DEFAULT_POLICY
  const { root } = ref.workspace
  return policyContent.parse({
    rules: rulesOf(ref),
    toolMap: {
      names: toolMap?.names,
      risks: { ...toolMap?.risks, 'fs.delete': ref.fs.delete === 'allow' ? 'YELLOW' : 'RED' },
    },
    shell: {
      commands: commandsOf(file, ref.shell),
      deny: [],
      forbid: denied.flatMap(({ forbid }) => forbid ?? []),
      redirectsWriteFiles: false,
      lengthMax: ref.shell.maxLength,
      commandsMax: ref.shell.maxCommands,
    },
    files: {
      read: ref.fs.readRoots.map((glob) => (glob.startsWith(`${root}/`) ? glob.slice(root.length + 1) : glob)),
      write: ref.fs.writeRoots.map((glob) => (glob.startsWith(`${root}/`) ? glob.slice(root.length + 1) : glob)),
      secretRead: ref.fs.readDeny,
      readExceptions: ref.fs.readAllowExceptions,
      denyRead: denied.flatMap(({ denyRead }) => denyRead ?? []),
      denyWrite: denied.flatMap(({ denyWrite }) => denyWrite ?? []),
    },
    network: networkOf(ref.network, mode),
  })
}
