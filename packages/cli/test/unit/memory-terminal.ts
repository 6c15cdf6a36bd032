import { runCommandLine } from '../../src/index.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line with files that exist only here; `-` is the standard input. */
export async function run(words: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ran> {
  let out = ''
  let err = ''
  const code = await runCommandLine(words, {
    read: async (path) => {
      const text = files[path]
      if (text === undefined) throw new Error(`no such file in this test: ${path}`)
      return text
    },
    write: (text) => {
      out += text
    },
    complain: (text) => {
      err += text
    },
  })
  return { code, out, err }
}

export function lines<T>(out: string): readonly T[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

/** A policy file of our own format with this content. */
export function policyOf(content: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ format: 'mission-control-policy', formatVersion: 1, name: 'test', content, ...more })
}

/** A small but complete file of the form ref-v1. */
export function refV1File(): Record<string, Record<string, unknown>> & { shell: { allow: Record<string, string[]> } } {
  return structuredClone(REF)
}

const REF = {
  id: 'ref-small',
  workspace: { root: '/srv/app', cwd: '/srv/app', home: '/home/agent' },
  fs: {
    readRoots: ['/srv/app/**'],
    readDeny: ['**/.env', '**/*.pem'],
    readAllowExceptions: ['**/.env.example'],
    writeRoots: ['src/**'],
    delete: 'approve',
    denyMatchingIsCaseInsensitive: true,
  },
  network: {
    allowlist: {
      hosts: ['api.example.com'],
      exactHostOnly: true,
      schemes: ['https'],
      ports: [443],
      methodsAllow: ['GET', 'HEAD'],
      methodsApprove: ['POST'],
      maxRedirects: 5,
      recheckEveryHop: true,
    },
    public: {
      schemes: ['https', 'http'],
      denySpecialPurposeAddresses: true,
      allResolvedAddressesMustBePublic: true,
      pinResolvedAddress: true,
    },
  },
  shell: {
    dialect: 'bash',
    maxLength: 10_000,
    maxCommands: 30,
    compose: ['|', '&&', '||', ';', 'newline', '( )'],
    redirectsAllow: ['> /dev/null', '2>&1'],
    neverAutoAllow: ['line continuation'],
    allow: {
      inspect: ['ls', 'cat', 'uniq (one operand)'],
      search: ['grep'],
      git: ['status', 'branch (list)'],
      runners: ['npm|pnpm|yarn|bun test', 'npx tsc --noEmit'],
    },
    deny: ['SSH/cloud/agent credential reads'],
  },
} as unknown as ReturnType<typeof refV1File>
