import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type NetworkSection, networkSection } from '../../src/model/policy-network.ts'
import { assessUrl, compileNetwork } from '../../src/rules/policy/network.ts'
import type { HostFacts } from '../../src/rules/policy/types.ts'
import { redactText } from '../../src/rules/redaction.ts'

// Labelled cases that are not part of this repository. Where they are, they are a gate.
const projectRoot = join(import.meta.dirname, '..', '..', '..', '..')
const sampleDir = process.env.MC_SECURITY_SAMPLE ?? join(projectRoot, '..', 'shared', 'data', 'security')

interface UrlCase {
  readonly id: string
  readonly input: string
  readonly context: {
    readonly mode: 'allowlist' | 'public'
    readonly dns?: Record<string, string[]>
    readonly dns_seq?: Record<string, string[][]>
    readonly redirects?: Record<string, { status: number; location: string }>
  }
}

interface SecretCase {
  readonly id: string
  readonly input: string
  readonly secret?: string
  readonly redact: boolean
  readonly best_effort?: boolean
}

function readCases<Case>(file: string): Case[] {
  const lines = readFileSync(join(sampleDir, file), 'utf8').trim().split('\n')
  // The sign keeps the fake tokens from being taken for real ones where the sample is stored.
  return lines.map((line) => JSON.parse(line.replaceAll('\\u27c2', '').replaceAll('\u27c2', '')) as Case)
}

function networkOf(mode: 'allowlist' | 'public'): NetworkSection {
  const { network } = JSON.parse(readFileSync(join(sampleDir, 'policy.ref-v1.json'), 'utf8'))
  const { hosts, exactHostOnly, schemes, ports, methodsAllow, methodsApprove, maxRedirects } = network.allowlist
  const allowlist = { mode, hosts, exactHostOnly, schemes, ports, methodsAllow, methodsApprove, maxRedirects }
  return networkSection.parse(
    mode === 'allowlist' ? allowlist : { ...allowlist, schemes: network.public.schemes, ports: 'any' },
  )
}

/** Every address of every answer counts: a name that changes its mind is a name with both addresses. */
function factsOf({ dns = {}, dns_seq = {}, redirects = {} }: UrlCase['context']): HostFacts {
  const answers = Object.entries(dns_seq).map(([host, seq]) => [host, seq.flat()])
  return { realPaths: {}, addresses: { ...dns, ...Object.fromEntries(answers) }, redirects }
}

function isAllowed({ input, context }: UrlCase): boolean {
  const network = compileNetwork(networkOf(context.mode))
  return assessUrl(network, input, { method: 'GET', facts: factsOf(context) }).violations.length === 0
}

function share(passed: number, all: number): number {
  return all === 0 ? 1 : passed / all
}

if (existsSync(sampleDir)) {
  describe('labelled sample', () => {
    test('no URL that must not pass is allowed', () => {
      const allowed = readCases<UrlCase>('ssrf.jsonl').filter(isAllowed)
      expect(allowed.map(({ id, input }) => `${id} ${input}`)).toEqual([])
    })

    test('everyday URLs pass', () => {
      const cases = readCases<UrlCase>('benign_urls.jsonl')
      const stopped = cases.filter((one) => !isAllowed(one))
      expect(
        share(cases.length - stopped.length, cases.length),
        stopped.map(({ id }) => id).join(),
      ).toBeGreaterThanOrEqual(0.99)
    })

    test('secrets vanish', () => {
      const cases = readCases<SecretCase>('secrets.jsonl').filter(({ redact, best_effort }) => redact && !best_effort)
      const kept = cases.filter(({ input, secret }) => redactText(input).includes(secret ?? input))
      expect(share(cases.length - kept.length, cases.length), kept.map(({ id }) => id).join()).toBeGreaterThanOrEqual(
        0.99,
      )
    })

    test('look-alikes stay as they are', () => {
      const cases = readCases<SecretCase>('secrets.jsonl').filter(({ redact }) => !redact)
      const changed = cases.filter(({ input }) => redactText(input) !== input)
      expect(
        share(cases.length - changed.length, cases.length),
        changed.map(({ id }) => id).join(),
      ).toBeGreaterThanOrEqual(0.99)
    })
  })
} else {
  console.log('The labelled security sample is not on this machine, so its gate is not part of this run.')
}
