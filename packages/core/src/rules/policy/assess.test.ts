import { describe, expect, it } from 'vitest'
import { assessToolCall } from './assess.ts'
import { compilePolicy } from './compile.ts'
import { DEFAULT_POLICY } from './defaults.ts'
import type { ToolAssessment } from './types.ts'

const policy = compilePolicy([{ scopeType: 'GLOBAL', name: 'base', versionNo: 1, content: DEFAULT_POLICY }])

function assess(tool: string, input: unknown = {}): ToolAssessment {
  return assessToolCall(policy, { tool, input, cwd: null, workspacePath: './', home: null, resolved: null })
}

const codes = (assessment: ToolAssessment) => assessment.violations.map(({ code }) => code)

describe('the tool map', () => {
  it.each([
    ['read', { path: 'README.md' }, 'fs.read', 'GREEN'],
    ['  Read-File ', { path: 'README.md' }, 'fs.read', 'GREEN'],
    ['write', { path: 'src/a.ts', content: 'x' }, 'fs.write', 'YELLOW'],
    ['exec', { command: 'git add .' }, 'shell.exec', 'YELLOW'],
    ['bash', { command: 'pnpm test' }, 'shell.exec', 'YELLOW'],
    ['web_search', { query: 'x' }, 'net.search', 'GREEN'],
    ['web_fetch', { url: 'https://github.com/a' }, 'net.fetch', 'GREEN'],
    ['message', { to: 'x', text: 'y' }, 'message.send', 'RED'],
    ['sessions_spawn', {}, 'agent.spawn', 'YELLOW'],
    ['session_status', {}, 'session.read', 'GREEN'],
    ['gateway', { action: 'config.get' }, 'gateway.read', 'YELLOW'],
    ['gateway', { action: 'config.apply' }, 'gateway.configure', 'RED'],
    ['gateway', {}, 'gateway.configure', 'RED'],
    ['plugins', { action: 'get' }, 'gateway.configure', 'RED'],
    ['process', { action: 'poll' }, 'process.control', 'YELLOW'],
    ['deploy', {}, 'deploy', 'RED'],
    ['code_execution', { code: '1' }, 'code.exec', 'RED'],
  ] as const)('%s %j is %s, %s', (tool, input, capability, riskLevel) => {
    expect(assess(tool, input)).toMatchObject({ capability, riskLevel })
  })

  it.each([
    'transfer_funds',
    'evil.read',
    'mcp__x__read',
    'x:read',
    'x/read',
    'read\u200b',
    '',
    're ad',
    'r'.repeat(300),
  ])('does not know %j', (tool) => {
    expect(assess(tool)).toMatchObject({ capability: 'unknown', riskLevel: 'RED' })
  })

  it('unwraps a wrapper once', () => {
    expect(assess('tool_call', { tool: 'read', args: { path: 'a' } })).toMatchObject({
      capability: 'fs.read',
      riskLevel: 'GREEN',
    })
    expect(assess('tool_call', { tool: 'exec', args: { command: 'sudo ls' } })).toMatchObject({ riskLevel: 'RED' })
    expect(assess('tool_call', { tool: 'tool_call', args: { tool: 'read', args: {} } }).capability).toBe('unknown')
    expect(assess('tool_search_code', { code: 'x' }).capability).toBe('unknown')
    expect(assess('tool_call', { tool: 'read', name: 'exec', args: {} }).capability).toBe('unknown')
    expect(assess('tool_call', { tool: 'read', args: { path: 'a' }, input: { path: '/etc/passwd' } }).capability).toBe(
      'unknown',
    )
  })
})

describe('arguments', () => {
  it.each([
    ['read', 'README.md'],
    ['read', ['README.md']],
    ['write', {}],
    ['write', null],
    ['write', { path: { a: 1 } }],
    ['delete_file', {}],
    ['exec', {}],
    ['exec', { command: ['ls'] }],
    ['exec', { command: 'ls', cmd: 'rm x' }],
    ['exec', 'ls'],
    ['http_request', {}],
    ['http_request', { url: 'https://github.com', request: { method: 'GET' }, method: 'POST' }],
    ['apply_patch', { patch: 'no patch' }],
    ['process', {}],
    ['git_commit', 'x'],
  ])('%s %j cannot be relied on', (tool, input) => {
    expect(assess(tool, input).riskLevel).toBe('RED')
  })

  it('finds paths under any of the usual names', () => {
    expect(codes(assess('read', { file_path: '/etc/passwd' }))).toEqual(['PATH_OUTSIDE'])
    expect(codes(assess('read', { paths: ['README.md', '../x'] }))).toEqual(['PATH_OUTSIDE'])
    expect(codes(assess('write', { path: 'src/a', newPath: 'package.json' }))).toEqual(['PATH_UNLISTED'])
    expect(codes(assess('rename_file', { from: 'src/a', to: '.git/hooks/x' }))).toEqual(['PATH_DENIED'])
    expect(codes(assess('glob', { pattern: '../**/*' }))).toContain('PATH_OUTSIDE')
    expect(codes(assess('grep', { pattern: 'a|b', path: 'src', include: '.env*' }))).toContain('SECRET_FILE')
    expect(assess('grep', { pattern: 'import .* from', path: 'src' }).riskLevel).toBe('GREEN')
    expect(assess('list_files', {}).riskLevel).toBe('GREEN')
  })

  it('reads patches', () => {
    const patch = (file: string) => ({ input: `*** Begin Patch\n*** Update File: ${file}\n@@\n-a\n+b\n*** End Patch` })
    expect(assess('apply_patch', patch('src/a.ts')).riskLevel).toBe('YELLOW')
    expect(codes(assess('apply_patch', patch('package.json')))).toEqual(['PATH_UNLISTED'])
    expect(codes(assess('apply_patch', { patch: '--- a/src/a\n+++ b/.git/config\n' }))).toEqual(['PATH_DENIED'])
  })

  it('asks before deleting a tree or many files', () => {
    expect(assess('delete_file', { path: 'src/a.ts' }).riskLevel).toBe('YELLOW')
    expect(codes(assess('delete_file', { path: 'src/a', recursive: true }))).toContain('DELETE_MANY')
    const paths = Array.from({ length: 21 }, (_, at) => `src/${at}.ts`)
    expect(codes(assess('delete_file', { paths }))).toContain('DELETE_MANY')
  })

  it('calls reading a secret what it is', () => {
    expect(assess('read', { path: '.aws/credentials.json' })).toMatchObject({
      capability: 'secret.read',
      riskLevel: 'RED',
    })
  })

  it('asks before text is sent to a running program', () => {
    expect(codes(assess('process', { action: 'write', data: 'rm -rf /\n' }))).toEqual(['PROCESS_INPUT'])
  })

  it('asks when a shell call is more than its command', () => {
    const shell = (more: object) => codes(assess('exec', { command: 'git status', ...more }))
    expect(shell({ timeout: 5, description: 'look', background: false, env: null })).toEqual([])
    expect(shell({ env: { GIT_PAGER: 'x' } })).toEqual(['SHELL_OPTIONS'])
    expect(shell({ elevated: true })).toEqual(['SHELL_OPTIONS'])
    expect(shell({ background: true })).toEqual(['SHELL_OPTIONS'])
    expect(shell({ workdir: 'src' })).toEqual([])
    expect(shell({ workdir: '/etc' })).toContain('PATH_OUTSIDE')
    expect(codes(assess('exec', { command: 'cat ../x', workdir: 'src/a' }))).toEqual([])
    expect(assess('exec', { command: 'ls', workdir: 'src' }).plan?.root).toMatchObject({ cwd: '/<workspace>/src' })
  })

  it('understands no shell but those that read like bash', () => {
    const call = { tool: 'exec', input: { command: 'ls' }, cwd: null, workspacePath: '/ws', home: null, resolved: null }
    expect(codes(assessToolCall(policy, { ...call, shell: 'bash', platform: 'linux' }))).toEqual([])
    expect(codes(assessToolCall(policy, { ...call, shell: 'zsh' }))).toEqual(['SHELL_NOT_LITERAL'])
    expect(codes(assessToolCall(policy, { ...call, platform: 'win32' }))).toEqual(['SHELL_NOT_LITERAL'])
  })

  it('reads lists of files', () => {
    const write = (path: string) =>
      assess('write', {
        files: [
          { path: 'src/a', content: '' },
          { path, content: '' },
        ],
      })
    expect(write('src/b').riskLevel).toBe('YELLOW')
    expect(codes(write('package.json'))).toEqual(['PATH_UNLISTED'])
  })

  it('checks URLs that any other tool is given', () => {
    expect(assess('browser', { action: 'open', url: 'http://127.0.0.1/' }).riskLevel).toBe('RED')
    expect(codes(assess('web_fetch', { url: 'https://github.com.evil.io/' }))).toEqual(['EGRESS_UNLISTED'])
    expect(assess('http', { url: 'https://api.github.com/x', method: 'POST' }).riskLevel).toBe('RED')
  })
})

describe('detectors', () => {
  it('raises any call that points at production or pushes to a protected branch', () => {
    expect(codes(assess('git_push', { branch: 'main' }))).toEqual(['PRODUCTION'])
    expect(codes(assess('query_db', { database: 'production' }))).toEqual(['PRODUCTION'])
    expect(assess('git_push', { branch: 'feature/deliver' }).riskLevel).toBe('YELLOW')
    expect(codes(assess('exec', { command: 'git checkout -b live' }))).toEqual(['PRODUCTION'])
  })

  it('does not take prose or file names for production', () => {
    for (const command of [
      'grep -rn production src',
      'git commit -m "prepare production"',
      'cat docs/live.md',
      'echo prod',
    ]) {
      expect(codes(assess('exec', { command })), command).toEqual([])
    }
  })

  it('raises a call that carries a secret and keeps the secret out of the facts', () => {
    const token = `ghp_${'a1B2c3D4e5F6g7H8i9'.repeat(2)}`
    const found = assess('exec', { command: `echo ${token}` })
    expect(codes(found)).toContain('SECRET_IN_INPUT')
    expect(JSON.stringify(found.facts)).not.toContain(token)
  })
})

describe('faults', () => {
  it('denies what cannot be read without a fault', () => {
    const circular: Record<string, unknown> = { path: 'a' }
    circular.self = circular
    const throwing = {
      get path(): string {
        throw new Error('no')
      },
    }
    for (const input of [circular, throwing, { path: 'a', n: 1n }]) {
      const { capability, violations } = assess('read', input)
      expect(violations.some(({ verdict }) => verdict === 'DENY') || violations.length > 0).toBe(true)
      expect(capability === 'unknown' || violations.length > 0).toBe(true)
    }
    expect(codes(assess('read', throwing))).toEqual(['RULE_ERROR'])
  })

  it('keeps facts small', () => {
    const { facts } = assess('exec', { command: `echo ${'word '.repeat(900)}` })
    expect(facts.words.length).toBeLessThanOrEqual(200)
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts)
  })
})
