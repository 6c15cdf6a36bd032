import { describe, expect, it } from 'vitest'
import { assessToolCall } from '../assess.ts'
import type { ToolAssessment } from '../types.ts'
import { EVERYDAY_COMMANDS } from './everyday-commands.ts'
import { DENIED_COMMANDS, FORBIDDEN_COMMANDS } from './forbidden-commands.ts'
import { EVERYDAY_READS, EVERYDAY_WRITES, FORBIDDEN_READS, FORBIDDEN_WRITES } from './paths.ts'
import { widePolicy } from './wide-policy.ts'

function assess(tool: string, input: unknown): ToolAssessment {
  return assessToolCall(widePolicy, {
    tool,
    input,
    cwd: '/workspace/app',
    workspacePath: '/workspace/app',
    home: '/home/agent',
    resolved: null,
  })
}

const shell = (command: string) => assess('exec', { command })
const isAllowed = ({ violations, riskLevel }: ToolAssessment) => violations.length === 0 && riskLevel !== 'RED'

describe('commands that must not pass', () => {
  it.each(FORBIDDEN_COMMANDS)('$cause', ({ commands }) => {
    expect(commands.filter((command) => isAllowed(shell(command)))).toEqual([])
  })

  it.each(DENIED_COMMANDS)('$code', ({ code, commands }) => {
    const missed = commands.filter(
      (command) => !shell(command).violations.some((found) => found.code === code && found.verdict === 'DENY'),
    )
    expect(missed).toEqual([])
  })

  it('is a corpus of size', () => {
    const sizes = [FORBIDDEN_COMMANDS, DENIED_COMMANDS].flat().map(({ commands }) => commands.length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(200)
  })
})

describe('commands that must pass', () => {
  it.each(EVERYDAY_COMMANDS)('$purpose', ({ commands }) => {
    expect(commands.filter((command) => !isAllowed(shell(command)))).toEqual([])
  })

  it('come with a plan whose every word is literal', () => {
    for (const { commands } of EVERYDAY_COMMANDS) {
      for (const command of commands) expect(shell(command).plan, command).not.toBeNull()
    }
  })

  it('is a corpus of size', () => {
    const sizes = EVERYDAY_COMMANDS.map(({ commands }) => commands.length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(150)
  })
})

describe('paths', () => {
  it('lets everyday paths be read and written', () => {
    expect(EVERYDAY_READS.filter((path) => !isAllowed(assess('read_file', { path })))).toEqual([])
    expect(EVERYDAY_WRITES.filter((path) => !isAllowed(assess('write_file', { path, content: 'x' })))).toEqual([])
  })

  it('lets nothing else be read or written', () => {
    expect(FORBIDDEN_READS.filter((path) => isAllowed(assess('read_file', { path })))).toEqual([])
    expect(FORBIDDEN_WRITES.filter((path) => isAllowed(assess('write_file', { path, content: 'x' })))).toEqual([])
  })

  it('lets nothing forbidden be written either', () => {
    expect(FORBIDDEN_READS.filter((path) => isAllowed(assess('write_file', { path, content: 'x' })))).toEqual([])
  })
})
