// Runs the commands of docs/deployment.md, and the steps of its Dockerfile, each in an empty folder.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './steps.ts'

const TIMEOUT_MS = 900_000
const PAGE = join(root, 'docs', 'deployment.md')
/** What a person has not put into the folder that an image is made of. */
const NOT_COPIED = /(^|\/)(node_modules|dist|\.cache|\.git|\.mission-control|coverage)(\/|$)/

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

async function inEmptyFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'deployment-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const page = await readFile(PAGE, 'utf8')

await inEmptyFolder(async (folder) => {
  expectBot(await shell(blockOf(page, 'sh'), folder), 'the commands for a virtual machine')
})

await inEmptyFolder(async (folder) => {
  const steps = blockOf(page, 'dockerfile').split('\n')
  await cp(root, folder, { recursive: true, filter: (from) => !NOT_COPIED.test(from.slice(root.length)) })
  const runs = steps.flatMap((line) => (line.startsWith('RUN ') ? line.slice('RUN '.length) : []))
  const command = JSON.parse(steps.find((line) => line.startsWith('CMD '))?.slice('CMD '.length) ?? '[]') as string[]
  expectBot(await shell([...runs, command.join(' ')].join('\n'), folder), 'the steps of the Dockerfile')
})

console.log('The commands and the Dockerfile of docs/deployment.md start the bot.')
