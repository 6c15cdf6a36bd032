import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findImpurities } from './purity.ts'

const coreSources = join(import.meta.dirname, '../packages/core/src')

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(join(coreSources, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(coreSources, folder, file))
}

/** The first word of each finding, which names what was found. */
function finds(text: string): readonly string[] {
  return findImpurities('rule.ts', text).map(({ what }) => what.split(':')[0] ?? what)
}

test.for(['rules', 'decide', 'effects', 'commands'])('core/%s depend on nothing but their arguments', (folder) => {
  const files = sourcesOf(folder)
  expect(files.length).toBeGreaterThan(0)
  expect(files.flatMap((file) => findImpurities(file, readFileSync(file, 'utf8')))).toEqual([])
})

test.for([
  ['const now = Date.now();', 'Date'],
  ['const now = new Date();', 'Date'],
  ['const hour = new Date(at).getHours();', 'Date'],
  ['const local = new Date(2026, 1, 1).getUTCHours();', 'Date'],
  ['const clock = Date;', 'Date'],
  ["const at = Date.parse('2026-01-01 10:00');", 'Date'],
  ['const at = Date.parse(text);', 'Date'],
  ['declare const clock: { now(): number };', 'declare'],
  ['function f() { return process; } function g(process: number) { return process; }', 'process'],
  ['const chance = Math.random();', 'Math.random'],
  ['const { random } = Math;', 'Math.random'],
  ["const chance = Math['random']();", 'Math.random'],
  ['const home = process.env.HOME;', 'process'],
  ['const g = globalThis;', 'globalThis'],
  ['const bytes = crypto.getRandomValues(new Uint8Array(8));', 'crypto'],
  ['setTimeout(() => 1, 10);', 'setTimeout'],
  ['queueMicrotask(run);', 'queueMicrotask'],
  ['const t = performance.now();', 'performance'],
  ['type Later = Promise<number>;', 'Promise'],
  ['const all = { fetch };', 'fetch'],
  ["import { createHash } from 'node:crypto';", 'node'],
  ["export { readFileSync } from 'node:fs';", 'node'],
  ["const later = import('./other.ts');", 'import()'],
  ['const here = import.meta.url;', 'import.meta'],
  ['later.then(use);', '.then'],
  ["const day = new Intl.DateTimeFormat('en-US').format(at);", 'Intl'],
  ["const day = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC' }).format(at);", 'Intl'],
  ['const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;', 'Intl'],
  ['const day = formatter.format();', 'format()'],
  ['const order = a.localeCompare(b);', 'localeCompare'],
] as const)('%s is found', ([text, what]) => {
  expect(finds(text)).toContain(what)
})

test('what waits is found in every form', () => {
  expect(finds('async function f() { await g(); }')).toEqual(['async', 'await'])
  expect(finds('const f = async () => 1;')).toEqual(['async'])
  expect(finds('const o = { async m() { for await (const x of y) use(x); } };')).toEqual(['async', 'for await'])
  expect(finds('class C { async *m() {} }')).toEqual(['async'])
})

test.for([
  'const midnight = Date.UTC(2026, 0, 1);',
  'const at = Date.parse(`${date}T00:00:00Z`);',
  'const f = (window: number) => window + 1;',
  'const f = ({ process }: Call) => ({ process });',
  'const weekday = new Date(at).getUTCDay();',
  'const text = new Date(at).toISOString();',
  'const most = Math.max(1, 2);',
  "const day = new Intl.DateTimeFormat('en-US', { timeZone }).formatToParts(at);",
  'const tool = { process: 1, fetch: 2 };',
  'const name = tool.process;',
  'interface Call { process: string; fetch(): void }',
  'class Call { declare readonly process: string }',
  '// Date.now() and Math.random() may be spoken of',
  "const text = 'await Promise.all';",
])('%s is pure', (text) => {
  expect(finds(text)).toEqual([])
})

test('a finding says where it is', () => {
  expect(findImpurities('rules/budget.ts', '\nexport const now = () => Date.now();')).toMatchObject([
    { file: 'rules/budget.ts', line: 2 },
  ])
})
