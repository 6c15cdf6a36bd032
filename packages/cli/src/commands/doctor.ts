import { stat } from 'node:fs/promises'
import { isMissionControlError, RefusedError } from '@mission-control/core'
import type { CliCommand, Given } from '../command.ts'
import { type Connection, connect, connectionOptions, projectOf, readSettings } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { InputFault } from '../input-fault.ts'
import { toJsonLines } from '../json-lines.ts'
import { safeText } from '../render/cell.ts'
import type { Terminal } from '../terminal.ts'
import { jsonOption } from './options.ts'

interface Finding {
  readonly check: string
  readonly isOk: boolean
  readonly said: string
  /** What to do about it; empty when it is good. */
  readonly remedy: string
}

const NODE_MIN = [20, 19] as const

/** Looks at everything a command needs, and names each fault with its remedy. */
export const doctor: CliCommand = {
  path: ['doctor'],
  summary: 'Checks settings, connection, key and project; exit code 0, or 1 with each fault and its remedy.',
  options: [...connectionOptions, jsonOption],
  async run(given, terminal) {
    const findings = [nodeFinding(), ...(await lookAround(given, terminal))]
    terminal.write(given.flags.json === true ? toJsonLines(findings) : findings.map(lineOf).join(''))
    return findings.every(({ isOk }) => isOk) ? EXIT.ok : EXIT.found
  },
}

function lineOf({ check, isOk, said, remedy }: Finding): string {
  return `${isOk ? 'ok   ' : 'FAULT'}  ${check}: ${safeText(said)}\n${isOk ? '' : `       -> ${safeText(remedy)}\n`}`
}

function good(check: string, said: string): Finding {
  return { check, isOk: true, said, remedy: '' }
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isOk = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])
  const said = process.versions.node
  return isOk
    ? good('node', said)
    : { check: 'node', isOk, said, remedy: `install Node ${NODE_MIN.join('.')} or newer` }
}

async function lookAround(given: Given, terminal: Terminal): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  let connection: Connection | null = null
  try {
    const settings = await readSettings(given, terminal)
    findings.push(
      good(
        'settings',
        settings.url ??
          settings.database?.replace(/\/\/[^@]*@/, '//…@') ??
          settings.dataFolder ??
          'the data folder of this place',
      ),
    )
    findings.push(...(await folderFinding(settings.dataFolder)))
    connection = await connect(given, terminal)
    const self = await connection.client.principals.self({})
    if (!self.ok) throw new RefusedError(self.error)
    findings.push(good('connection', connection.address), good('key', `${self.data.displayName}, ${self.data.role}`))
    const id = await projectOf(connection.client, settings.project)
    findings.push(good('project', settings.project ?? id))
  } catch (error) {
    findings.push(faultOf(error))
  } finally {
    await connection?.close()
  }
  return findings
}

/** Keys lie in there: nobody else may read it. */
async function folderFinding(folder: string | null): Promise<readonly Finding[]> {
  const found = folder === null ? null : await stat(folder).catch(() => null)
  if (folder === null || found === null || process.platform === 'win32') return []
  const isOk = (found.mode & 0o077) === 0
  const said = `${folder} has mode ${(found.mode & 0o777).toString(8)}`
  return [isOk ? good('data folder', said) : { check: 'data folder', isOk, said, remedy: `chmod 700 ${folder}` }]
}

function faultOf(error: unknown): Finding {
  if (error instanceof RefusedError) {
    const { code, detail, hint } = error.refusal
    return {
      check: code === 'UNAUTHENTICATED' ? 'key' : 'project',
      isOk: false,
      said: `${code}: ${detail}`,
      remedy: hint,
    }
  }
  if (isMissionControlError(error)) {
    const remedy =
      error.code === 'UNAVAILABLE' ? 'start the host with `mission-control serve`, or correct the address' : error.hint
    return { check: 'connection', isOk: false, said: error.message, remedy }
  }
  if (!(error instanceof InputFault)) throw error
  const [said = '', ...rest] = error.message.split(/: (?=[A-Z])|\. (?=[A-Z])/)
  return {
    check: 'settings',
    isOk: false,
    said,
    remedy: rest.join('. ') || 'name a host with --url, or set a store up with `mission-control init`',
  }
}
