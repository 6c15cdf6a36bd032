import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policyContent } from '../../model/policy.ts'
import { detectSecrets } from '../redaction.ts'
import { assessAny, assessToolCall } from './assess.ts'
import { compilePolicy } from './compile.ts'
import { widePolicy } from './corpus/wide-policy.ts'
import { GlobSet } from './glob-set.ts'
import { isProven, isSurelyPlain, isTidy, joinedTraits, traitsOf, UNREAD } from './path-traits.ts'
import { ambiguityOf, joinLexically, pathContext, positionOf } from './paths.ts'
import { isPlainPlace } from './plain-argument.ts'
import { parseAnyUrl, parseHttpUrl } from './url.ts'

// Every short cut has to give what the long way gives. Texts are made of the pieces that could tell the two apart.

const RUNS = { numRuns: 3000 }
const context = pathContext({ cwd: null, workspacePath: '/ws/app', home: '/home/agent', resolved: null })

const piece = fc.constantFrom(
  ...['a', 'src', 'lib', 'core', '.env', '.git', '.ssh', 'config', 'con', 'COM1', 'nul', 'lpt9', 'x.con', 'con.txt'],
  ...[
    'my-link',
    'LINK_a',
    'symlink',
    '.',
    '..',
    '...',
    'a.',
    'a..b',
    '',
    '~',
    'K',
    'ı',
    'Ａ',
    ' ',
    '\\',
    '%2e',
    'A1',
    '-x',
  ],
)
const path = fc
  .tuple(fc.constantFrom('', '/', '/ws/app/', '/home/agent/', '//', './'), fc.array(piece, { maxLength: 6 }))
  .map(([start, pieces]) => start + pieces.join('/'))

describe('one look over a path', () => {
  test('proves only what the full look finds nothing in', () => {
    fc.assert(
      fc.property(path, (text) => {
        if (isProven(traitsOf(text))) expect(ambiguityOf(text)).toBeNull()
      }),
      RUNS,
    )
  })

  test('calls tidy only what joining leaves as it is', () => {
    fc.assert(
      fc.property(path, (text) => {
        expect(joinLexically('/ws', text)).toBe(posix.resolve('/ws', text))
        if (isTidy(traitsOf(text)) && text.startsWith('/')) expect(posix.resolve(text)).toBe(text)
      }),
      RUNS,
    )
  })
})

const glob = fc.oneof(
  fc.constantFrom(
    '**',
    '**/.env*',
    '**/.ssh/**',
    '**/.git/config',
    '**/*.pem',
    '**/A*',
    '**/{a,b}',
    '**/-x',
    '**/K*',
    '**/*.ssh',
    '**/*n',
    '**/con*/**',
    '**/lib/.env*',
  ),
  fc.constantFrom('/ws/**', '/ws/app/**', '/ws/app/src/**', '~/**', '~/.ssh/**', '../**', 'src/**', 'src/*', '.git/**'),
  fc.constantFrom('<tmpdir>/**', 'a', 'A1/**', 'a..b/**', '/', '/*', '**/a/**', '**/src/.env', '/ws/./app/**', '//**'),
)

test('a list of globs finds the same whether or not something is known of the path', () => {
  fc.assert(
    fc.property(
      fc.array(glob, { maxLength: 14 }),
      fc.boolean(),
      fc.boolean(),
      path,
      (globs, isDeny, contentsOnly, text) => {
        const set = new GlobSet(globs, { isDeny, tmpDir: '/tmp' })
        const place = positionOf(joinLexically('/ws/app', text), context)
        const { absolute, inWorkspace, inHome, amongSiblings } = place
        const unread = { absolute, inWorkspace, inHome, amongSiblings, traits: UNREAD }
        expect(set.find(place, contentsOnly)).toBe(set.find(unread, contentsOnly))
      },
    ),
    RUNS,
  )
})

const urlPiece = fc.constantFrom(
  ...['a', 'api', 'example', 'com', 'A', '127', '0x7f', '1', 'xn--a', 'a-b', '-a', 'a-', 'a--b', 'é', 'ａ', '', 'test'],
)
const url = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'HTTPS://', 'https:/', 'ftp://', 'https:\\\\', ' https://'),
    fc.array(urlPiece, { minLength: 1, maxLength: 5 }),
    fc.constantFrom(
      '',
      '/',
      ':443',
      ':80/',
      ':8443/x',
      '@b.com/',
      '?q=1',
      '#f',
      '/a/',
      '/a/b.txt',
      '/.',
      '/../a',
      '/a/..',
    ),
    fc.constantFrom('', '/', 'x', '/%2e', '/%00', '?x@y', '/a;b', '\t', '//x', '/~a', '/Z9_.-'),
  )
  .map(([scheme, labels, tail, end]) => `${scheme}${labels.join('.')}${tail}${end}`)

test('a plain address is read as the standard parser reads it', () => {
  fc.assert(
    fc.property(url, (text) => {
      expect(parseHttpUrl(text)).toEqual(parseAnyUrl(text))
    }),
    RUNS,
  )
})

const word = fc.constantFrom(
  ...[
    'ghp_',
    'sk-',
    'AKIA',
    'pat',
    'hf_',
    's.',
    'xoxb-',
    'SG.',
    'sl.',
    'eyJ',
    'token',
    'password',
    '1/',
    '1//',
    'key-',
    'A1b2C3d4E5',
    '9f',
  ],
  ...['x', '/', '.', '-', '_', 'abcdefgh', 'Zz9', '0123456789', '?', '=', ':', '@', 'https://'],
)
const place = fc.array(word, { maxLength: 12 }).map((words) => words.join(''))

test('a place that is plain holds nothing that a detector would find', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('path', 'url', 'folder', 'file_path'),
      fc.constantFrom('', 'https://'),
      place,
      (name, start, text) => {
        if (isPlainPlace(start + text)) expect(detectSecrets(JSON.stringify({ [name]: start + text }))).toEqual([])
        if (isSurelyPlain(traitsOf(text))) expect(isPlainPlace(text)).toBe(true)
      },
    ),
    { numRuns: 10_000 },
  )
})

test('the traits of a path in a folder are those of both', () => {
  fc.assert(
    fc.property(path, path, (folder, text) => {
      const [outer, inner] = [traitsOf(`/${folder}`), traitsOf(text)]
      const whole = `/${folder}/${text}`
      if (!isTidy(outer) || !isTidy(inner) || text.startsWith('/')) return
      expect(joinedTraits(outer, inner, whole.length)).toBe(traitsOf(whole))
    }),
    RUNS,
  )
})

const noDeletes = compilePolicy([
  {
    ...{ scopeType: 'GLOBAL', name: 'none', versionNo: 1 },
    content: policyContent.parse({ files: { write: ['**'], deleteFilesMax: 0 } }),
  },
])

const call = fc.record({
  tool: fc.constantFrom(
    'read_file',
    'Write-File',
    'delete_file',
    'web_fetch',
    'http_request',
    'think',
    'nothing',
    'pdf',
    'exec',
  ),
  input: fc.oneof(
    fc.constantFrom(null, undefined, {}, [], '', { toJSON: () => 'ghp_0123456789abcdefghijABCDEFGHIJ012345' }),
    fc
      .tuple(
        fc.constantFrom('path', 'file', 'url', 'folder', 'text', 'branch', 'command'),
        fc.oneof(path, url, place, fc.constantFrom('.env', '.ssh/id_rsa', 'prod', 'https://prod.example.com/')),
      )
      .map(([name, text]) => ({ [name]: text })),
    place.map((text) => Object.create({ path: text })),
  ),
  cwd: fc.constantFrom(null, '/ws/app/src', 'sub', '/'),
  policy: fc.constantFrom(widePolicy, noDeletes),
})

test('a call is judged by its only argument as it is judged in full', () => {
  fc.assert(
    fc.property(call, ({ tool, input, cwd, policy }) => {
      const made = { tool, input, cwd, workspacePath: '/ws/app', home: '/home/agent', resolved: null }
      const full = assessAny(policy, made, policy.tools.slotOf(tool))
      const { capability, riskLevel, violations, plan, facts } = assessToolCall(policy, made)
      expect({ capability, riskLevel, violations, plan, facts }).toEqual({
        ...{ capability: full.capability, riskLevel: full.riskLevel, violations: full.violations },
        ...{ plan: full.plan, facts: full.facts },
      })
    }),
    RUNS,
  )
})
