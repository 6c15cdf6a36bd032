import { closeSync, constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ExecutionPlan } from '@mission-control/core'
import type { Containment } from './containment.ts'
import { openFile } from './open-at.ts'
import type { Pipes } from './pipes.ts'

export type PlanCommand = Extract<ExecutionPlan['root'], { kind: 'command' }>
type PlanInput = PlanCommand['stdin']
type PlanOutput = PlanCommand['stdout']

const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = constants

/** Open files that a part of a plan reads from and writes to. */
export interface Streams {
  /** The pipe that leads into this part, if any. */
  readonly stdin: number | null
  readonly stdout: number
  readonly stderr: number
}

/** The three files of one command; null for an empty input or an output nobody reads. */
export type Stdio = readonly [stdin: number | null, stdout: number | null, stderr: number | null]

/** Opens what the redirects of one command name, each file checked right before. */
export class StreamOpener {
  readonly #containment: Containment
  readonly #pipes: Pipes
  readonly #files = new Map<string, FileHandle>()
  readonly #texts: number[] = []

  constructor(containment: Containment, pipes: Pipes) {
    this.#containment = containment
    this.#pipes = pipes
  }

  async open(command: PlanCommand, streams: Streams): Promise<Stdio> {
    const stdin = await this.#input(command.stdin, streams)
    const stdout = await this.#output(command.stdout, streams)
    return [stdin, stdout, await this.#output(command.stderr, streams)]
  }

  async close(): Promise<void> {
    for (const text of this.#texts) closeSync(text)
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  async #input(input: PlanInput, streams: Streams): Promise<number | null> {
    switch (input.from) {
      case 'nothing':
        return null
      case 'pipe':
        return streams.stdin
      case 'text': {
        const text = this.#pipes.openText(input.text)
        this.#texts.push(text)
        return text
      }
      case 'file':
        return (await this.#file(input.path, O_RDONLY, 'read')).fd
    }
  }

  async #output(output: PlanOutput, streams: Streams): Promise<number | null> {
    if (output.to === 'nothing') return null
    if (output.to !== 'file') return streams[output.to]
    if (output.append) return (await this.#file(output.path, O_WRONLY | O_CREAT | O_APPEND, 'append')).fd
    return (await this.#file(output.path, O_WRONLY | O_CREAT, 'write')).fd
  }

  /** The same file is opened once, so that two streams into it share one position. */
  async #file(path: string, flags: number, use: string): Promise<FileHandle> {
    const { real } = await this.#containment.place('/', path)
    const key = `${use} ${real}`
    const known = this.#files.get(key)
    if (known !== undefined) return known
    const file = await openFile(real, flags)
    this.#files.set(key, file)
    if (use === 'write') await file.truncate()
    return file
  }
}
