import { describe, expect, it } from 'vitest'
import { compileFiles, judgePath } from './file-access.ts'
import { isAimedAt } from './glob-overlap.ts'
import { GlobSet } from './glob-set.ts'
import { judgePattern } from './path-patterns.ts'
import { type PathContext, pathContext, positionOf, resolvePath, UNKNOWN_WORKSPACE } from './paths.ts'

const files = compileFiles({
  read: ['**', '../shared/**'],
  write: ['src/**', 'docs/*.md', '<tmpdir>/mc-*/**'],
  secretRead: ['**/.env*', '**/*.pem', '**/secrets/**', '~/.aws/**'],
  readExceptions: ['**/.env.example'],
  denyRead: ['**/.ssh/**'],
  denyWrite: ['**/.git/**', '/etc/**', '~/.ssh/**'],
  deleteFilesMax: 20,
  tmpDir: '/tmp',
})

function context(realPaths: Record<string, string> | null = null, cwd = '/ws/app'): PathContext {
  const resolved = realPaths === null ? null : { realPaths, addresses: {} }
  return pathContext({ cwd, workspacePath: '/ws/app', home: '/home/agent', resolved })
}

const codes = (access: 'read' | 'write' | 'list' | 'delete', path: string, where = context()) =>
  judgePath(files, access, path, where).violations.map(({ code }) => code)

describe('resolving a path', () => {
  it.each([
    ['src/a.ts', '/ws/app/src/a.ts'],
    ['./src/./a.ts', '/ws/app/src/a.ts'],
    ['src//a.ts', '/ws/app/src/a.ts'],
    ['src/../b', '/ws/app/b'],
    ['../../../../x', '/x'],
    ['/ws/app/', '/ws/app'],
    ['~/x', '/home/agent/x'],
    ['~', '/home/agent'],
  ])('%s means %s', (path, lexical) => {
    expect(resolvePath(path, context())).toMatchObject({ ok: true, lexical })
  })

  it('does not guess another home', () => {
    expect(resolvePath('~root/x', context()).ok).toBe(false)
    expect(resolvePath('~/x', { ...context(), home: null }).ok).toBe(false)
  })

  it('follows a symlink before the dots behind it, as a kernel does', () => {
    const linked = context({ '/ws/app/link': '/srv/data/deep' })
    const resolved = resolvePath('link/../x', linked)
    expect(resolved.ok && resolved.places.map(({ absolute }) => absolute)).toEqual(['/ws/app/x', '/srv/data/x'])
  })

  it('hangs a missing tail below its deepest known parent', () => {
    expect(codes('write', 'src/out/new/file.ts', context({ '/ws/app/src/out': '/tmp' }))).toEqual(['PATH_OUTSIDE'])
    expect(codes('write', 'src/in/new.ts', context({ '/ws/app/src/in': '/ws/app/src/real' }))).toEqual([])
  })

  it('compares real paths when the workspace itself is a link', () => {
    expect(codes('write', 'src/x.ts', context({ '/ws/app': '/etc' }))).toEqual(['PATH_DENIED'])
    expect(codes('read', 'src/x.ts', context({ '/ws': '/srv/other' }))).toEqual(['PATH_OUTSIDE'])
  })

  it('denies what a link hides', () => {
    expect(codes('read', 'notes.md', context({ '/ws/app/notes.md': '/ws/app/.env' }))).toEqual(['SECRET_FILE'])
    expect(codes('read', 'keys/x', context({ '/ws/app/keys': '/home/agent/.ssh' }))).toContain('PATH_DENIED')
    expect(codes('write', 'src/x', context({ '/ws/app/src/x': '/ws/app/.git/hooks/pre-commit' }))).toEqual([
      'PATH_DENIED',
    ])
  })

  it('does not take an inherited property for a report', () => {
    expect(codes('read', 'constructor', context({}))).toEqual([])
    expect(codes('read', '__proto__/toString', context({}))).toEqual([])
  })

  it('believes a name that announces a link until somebody has looked', () => {
    expect(codes('read', 'link_out/passwd')).toEqual(['PATH_UNREADABLE'])
    expect(codes('read', 'link_out/x', context({ '/ws/app/link_out': '/ws/app/docs' }))).toEqual([])
    expect(codes('read', 'src/link.ts')).toEqual([])
  })

  it('judges relative paths even if the workspace has no known place', () => {
    const unknown = pathContext({ cwd: null, workspacePath: './', home: null, resolved: null })
    expect(unknown.workspace).toBe(UNKNOWN_WORKSPACE)
    expect(codes('read', 'src/a.ts', unknown)).toEqual([])
    expect(codes('read', '../a.ts', unknown)).toEqual(['PATH_OUTSIDE'])
    expect(codes('read', '/workspace/a.ts', unknown)).toEqual(['PATH_OUTSIDE'])
  })
})

describe('access', () => {
  it('reads the workspace and its shared sibling, and nothing beside them', () => {
    expect(codes('read', 'anything/at/all')).toEqual([])
    expect(codes('read', '../shared/x')).toEqual([])
    expect(codes('read', '/ws/shared/deep/x')).toEqual([])
    expect(codes('read', '../sharedx/y')).toEqual(['PATH_OUTSIDE'])
    expect(codes('read', '/ws/app2/x')).toEqual(['PATH_OUTSIDE'])
    expect(codes('list', '/')).toEqual(['PATH_OUTSIDE'])
  })

  it('writes below a listed folder but does not replace the folder', () => {
    expect(codes('write', 'src/a/b.ts')).toEqual([])
    expect(codes('write', 'src')).toEqual(['PATH_UNLISTED'])
    expect(codes('write', 'src/')).toEqual(['PATH_UNLISTED'])
    expect(codes('write', 'docs/a.md')).toEqual([])
    expect(codes('write', 'docs/deep/a.md')).toEqual(['PATH_UNLISTED'])
    expect(codes('write', '/tmp/mc-1/x')).toEqual([])
    expect(codes('write', '/tmp/mc-1')).toEqual(['PATH_OUTSIDE'])
    expect(codes('write', '/tmp/mc_pwned')).toEqual(['PATH_OUTSIDE'])
    expect(codes('delete', 'src/a.ts')).toEqual([])
  })

  it('matches denies without case and below a match', () => {
    expect(codes('read', '.ENV')).toEqual(['SECRET_FILE'])
    expect(codes('read', 'a/.Env.local')).toEqual(['SECRET_FILE'])
    expect(codes('read', '.env.d/x')).toEqual(['SECRET_FILE'])
    expect(codes('write', 'src/.GIT/hooks/x')).toEqual(['PATH_DENIED'])
    expect(codes('read', '.env.example')).toEqual([])
    expect(codes('read', 'x/.SSH/y')).toEqual(['PATH_DENIED'])
  })

  it('lets a deny win over everything that is listed', () => {
    expect(codes('write', 'src/secrets/a')).toEqual(['SECRET_FILE'])
    expect(codes('write', '/etc/x')).toEqual(['PATH_DENIED'])
  })
})

describe('patterns', () => {
  const judge = (pattern: string, access: 'read' | 'list' = 'read') =>
    judgePattern(files, access, pattern, context()).violations.map(({ code }) => code)

  it.each(['*.md', 'src/*.ts', 'src/**/*.ts', '*', '*/package.json', 'src/[a-c]*.ts', '*.json'])(
    'sweeps with %s',
    (pattern) => {
      expect(judge(pattern)).toEqual([])
    },
  )

  it.each([
    ['.e*', 'SECRET_FILE'],
    ['.en?', 'SECRET_FILE'],
    ['.[e]nv', 'SECRET_FILE'],
    ['*env', 'SECRET_FILE'],
    ['*.pem', 'SECRET_FILE'],
    ['certs/*.p?m', 'SECRET_FILE'],
    ['s*ts/x', 'SECRET_FILE'],
    ['secrets/*', 'SECRET_FILE'],
    ['../*', 'PATH_OUTSIDE'],
    ['/etc/*', 'PATH_OUTSIDE'],
    ['src/*/../../../x', 'PATH_UNREADABLE'],
    ['~/*', 'PATH_OUTSIDE'],
  ])('does not let %s through', (pattern, code) => {
    expect(judge(pattern)).toContain(code)
  })

  it('tells a sweep from an aim', () => {
    expect(isAimedAt(['*'], ['**', '.env'])).toBe(false)
    expect(isAimedAt(['*.ts'], ['**', '.env.*'])).toBe(false)
    expect(isAimedAt(['.*'], ['**', '.env'])).toBe(true)
    expect(isAimedAt(['**', '*.{ts,pem}'], ['**', '*.pem'])).toBe(true)
    expect(isAimedAt(['**', '*.{ts,tsx}'], ['**', '*.pem'])).toBe(false)
    expect(isAimedAt(['a', '.ssh', 'x*'], ['**', '.ssh', '**'])).toBe(true)
  })
})

describe('GlobSet', () => {
  it('finds one of thousands by where it begins', () => {
    const globs = Array.from({ length: 5000 }, (_, at) => `packages/p${at}/**`)
    const set = new GlobSet(globs, { isDeny: false, tmpDir: '/tmp' })
    const at = (path: string) => positionOf(`/ws/app/${path}`, context())
    expect(set.find(at('packages/p4321/src/a.ts'))).toBe('packages/p4321/**')
    expect(set.find(at('packages/p5001/src/a.ts'))).toBeNull()
    expect(set.find(at('packages/p1'), true)).toBeNull()
  })

  it('keeps ignoring case where a list names everything first', () => {
    const set = new GlobSet(['**', '**/*.Pem', '**/a', '**/b', '**/c'], { isDeny: true, tmpDir: '/tmp' })
    expect(set.find(positionOf('/else/x.PEM', context()))).toBe('**/*.Pem')
  })
})
