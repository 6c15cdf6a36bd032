import { expect, test } from 'vitest'
import { policyContent } from '../../model/policy.ts'
import type { PolicyLayer } from './resolve.ts'
import { sourcesOf } from './rule-sources.ts'

function layer(scopeType: PolicyLayer['scopeType'], name: string, content: object): PolicyLayer {
  return { scopeType, name, versionNo: 2, content: policyContent.parse(content) }
}

const LAYERS = [
  layer('GLOBAL', 'base', { network: { hosts: ['github.com'] }, shell: { deny: ['git push'] } }),
  layer('PROJECT', 'one', { network: { hosts: ['github.com', 'a.dev'] }, shell: { deny: ['git push'] } }),
  layer('PROJECT', 'two', { network: { hosts: ['github.com'] } }),
]
const ONE = { level: 'PROJECT', policy: 'one@2' }
const TWO = { level: 'PROJECT', policy: 'two@2' }

test('two policies of one level share an entry, and a broader one that lists it too does not count', () => {
  expect(sourcesOf(LAYERS, 'network.hosts', 'github.com')).toEqual([ONE, TWO])
})

test('entries of united lists come from everybody who lists them', () => {
  expect(sourcesOf(LAYERS, 'shell.deny', 'git push')).toEqual([{ level: 'GLOBAL', policy: 'base@2' }, ONE])
})

test('what no policy says is built in', () => {
  const builtIn = [{ level: 'BUILT_IN', policy: null }]
  expect(sourcesOf(LAYERS, 'toolMap.names', 'read_file')).toEqual(builtIn)
  expect(sourcesOf(LAYERS, 'files.denyWrite', '.git/**')).toEqual(builtIn)
  expect(sourcesOf([], 'shell.forbid', 'sudo')).toEqual(builtIn)
})
