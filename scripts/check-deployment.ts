// Runs the commands of docs/deployment.md in an empty folder. The steps of its Dockerfile are the same commands.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './steps.ts'

const TIMEOUT_MS = 900_000
const PAGE = join(root, 'docs', 'deployment.md')

/** The text of the page's first block of that language. */
function blockOf(page: string, language: string): string {
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  if (block === undefined) throw new Error(`${PAGE} has no block of ${language}`)
  return block
}

interface Ended {
  readonly code: number
  readonly err: string
}

function shell(script: string, cwd: string): Promise<Ended> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TELEGRAM|MC|VITE|NODE|npm)_/i.test(name)),
  )
  const env = { ...environment, REPOSITORY: root, CI: '1' }
  return new Promise((resolve) => {
    execFile('sh', ['-ec', script], { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 }, (error, _, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), err }),
    )
  })
}

/** The last line starts the bot, which must name what its environment lacks. */
function expectBot({ code, err }: Ended, what: string): void {
  if (code === 2 && err.includes('TELEGRAM_BOT_TOKEN is missing')) return
  throw new Error(`${what} ended with ${code}:\n${err.slice(-2000)}`)
}

/** What a Dockerfile runs in the folder that it copies, one command per line, the one that starts the bot last. */
function stepsOf(dockerfile: string): string[] {
  const lines = dockerfile.trim().split('\n')
  const after = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const [command = '[]'] = after('CMD')
  return [...after('RUN'), (JSON.parse(command) as string[]).join(' ')]
}

const page = await readFile(PAGE, 'utf8')
const commands = blockOf(page, 'sh').trim().split('\n')
const [clone, enter, ...inClone] = commands
const steps = stepsOf(blockOf(page, 'dockerfile'))

// An image is made of a fresh clone by the same commands, so one run of them shows both, and no second build is needed.
if (!clone?.startsWith('git clone ') || !enter?.startsWith('cd ') || steps.join('\n') !== inClone.join('\n')) {
  throw new Error(`the Dockerfile of ${PAGE} does other things than the commands:\n${steps.join('\n')}`)
}

const folder = await mkdtemp(join(tmpdir(), 'deployment-'))
try {
  expectBot(await shell(commands.join('\n'), folder), 'the commands of the page')
} finally {
  await rm(folder, { recursive: true, force: true })
}

console.log('The commands of docs/deployment.md, which are the steps of its Dockerfile, start the bot.')
