import { parseArgs } from 'node:util'

export const USAGE = `Usage: npm start -- [--once] [--port N] [--data FOLDER]

  --once         plays the operators from a script, waits for every task, prints a report and ends
  --port N       port of the HTTP host (default 4600; 0 takes any free port; with --once the default is 0)
  --data FOLDER  where everything is kept (default .mission-control)`

export interface ServerOptions {
  readonly once: boolean
  readonly port: number
  readonly dataFolder: string
}

/** Reads the command line; a sentence when it cannot be read. */
export function readOptions(args: readonly string[]): ServerOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        port: { type: 'string' },
        data: { type: 'string', default: '.mission-control' },
      },
    })
    const port = Number(values.port ?? (values.once ? '0' : '4600'))
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return `--port ${values.port} is no port: use 0 to 65535`
    return { once: values.once, port, dataFolder: values.data }
  } catch (error) {
    return (error as Error).message
  }
}
