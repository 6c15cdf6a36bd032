import type { Job, Tools } from './job.ts'

const FILES_MAX = 400
const FILES_PER_COMMAND = 80
const SKIPPED = /(^|\/)(node_modules|dist|\.git|coverage)(\/|$)/

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** All files below a folder, with read tools alone. */
async function walk(tools: Tools, folder: string, found: string[] = []): Promise<string[]> {
  for (const name of await tools.list(folder)) {
    const path = folder === '.' ? name : `${folder}/${name}`
    if (SKIPPED.test(path) || name.startsWith('.')) continue
    if (found.length >= FILES_MAX) return found
    if (name.endsWith('/')) await walk(tools, path.slice(0, -1), found)
    else found.push(path)
  }
  return found
}

export const largestFiles: Job = {
  ref: 'largest-files',
  title: 'Report the largest source files',
  type: 'ENGINEERING',
  priority: 2,
  assignee: 'Cipher',
  expected: 'DONE',
  plan: ['List the source files', 'Count their lines', 'Write the table of the largest'],
  async work(_task, _context, { shell }) {
    const listed = await shell('find packages -type f -name "*.ts" -not -path "*/node_modules/*"')
    const files = listed
      .split('\n')
      .filter((path) => path !== '')
      .slice(0, FILES_MAX)
    const counted: string[] = []
    // A command has at most 10,000 characters.
    for (let at = 0; at < files.length; at += FILES_PER_COMMAND) {
      counted.push(...(await shell(`wc -l ${files.slice(at, at + FILES_PER_COMMAND).join(' ')}`)).split('\n'))
    }
    const rows = counted
      .map((line) => line.trim().split(/\s+/))
      .filter(([, path]) => path !== undefined && path !== 'total')
      .map(([lines = '0', path = '']) => [path, Number(lines)] as const)
      .sort((left, right) => right[1] - left[1])
    return `# Largest source files\n\n${rows.length} TypeScript files under \`packages\`.\n\n${table(['File', 'Lines'], rows.slice(0, 20))}\n`
  },
}

export const openMarks: Job = {
  ref: 'todo-commits',
  title: 'List every TODO with its last commit',
  type: 'ENGINEERING',
  priority: 3,
  assignee: 'Sage',
  needsGit: true,
  expected: 'DONE',
  plan: ['Search for the marks', 'Find the last commit of each file', 'Write the list'],
  async work(_task, _context, { shell, search }) {
    const hits = await search('grep -rnE "TODO|FIXME" --include=*.ts --include=*.md packages scripts docs')
    const marks = hits
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, 30)
    const rows: string[][] = []
    for (const mark of marks) {
      const [path = '', line = '', ...text] = mark.split(':')
      const commit = await shell(`git log -n 1 --format=%h --date=short -- ${path}`)
      rows.push([`${path}:${line}`, commit.trim(), text.join(':').trim().slice(0, 80)])
    }
    const body = rows.length === 0 ? 'There is none.' : table(['Where', 'Last commit', 'Text'], rows)
    return `# Open marks in the source\n\n${body}\n`
  },
}

export const historyByWeek: Job = {
  ref: 'history-by-week',
  title: 'Summarise the history by author and week',
  type: 'CUSTOMER_RESEARCH',
  priority: 3,
  assignee: 'Atlas',
  needsGit: true,
  expected: 'DONE',
  plan: ['Read the log', 'Count commits by author and week', 'Write the summary'],
  async work(_task, _context, { shell }) {
    const log = await shell('git log --format="%an|%ad" --date=format:%G-W%V')
    const counts = new Map<string, number>()
    for (const line of log.split('\n').filter((entry) => entry !== '')) counts.set(line, (counts.get(line) ?? 0) + 1)
    const rows = [...counts].sort().map(([key, count]) => [...key.split('|'), count])
    return `# History by author and week\n\n${table(['Author', 'Week', 'Commits'], rows)}\n`
  },
}

export const packageFields: Job = {
  ref: 'package-fields',
  title: 'Check every package.json for missing fields',
  type: 'OPS',
  priority: 3,
  assignee: 'Fetch',
  expected: 'DONE',
  plan: ['Find the manifests', 'Read each of them', 'Write what is missing'],
  async work(_task, _context, tools) {
    const wanted = ['name', 'version', 'description', 'license', 'type', 'engines']
    const rows: string[][] = []
    for (const name of await tools.list('packages')) {
      const path = `packages/${name.replace(/\/$/, '')}/package.json`
      const manifest = JSON.parse(await tools.read(path)) as Record<string, unknown>
      const missing = wanted.filter((field) => manifest[field] === undefined)
      rows.push([path, missing.length === 0 ? 'complete' : `lacks ${missing.join(', ')}`])
    }
    return `# Package manifests\n\nChecked for ${wanted.join(', ')}.\n\n${table(['Manifest', 'Result'], rows)}\n`
  },
}

export const brokenLinks: Job = {
  ref: 'broken-links',
  title: 'Find broken relative links in the Markdown files',
  type: 'DOCS',
  priority: 2,
  assignee: 'Scribe',
  expected: 'DONE',
  plan: ['Find the Markdown files', 'Read their links', 'Write which lead nowhere'],
  async work(_task, _context, tools) {
    const files = new Set((await walk(tools, '.')).map((path) => path.replace(/^\.\//, '')))
    const folders = new Set(
      [...files].flatMap((path) =>
        path
          .split('/')
          .slice(0, -1)
          .map((_, depth, parts) => parts.slice(0, depth + 1).join('/')),
      ),
    )
    const rows: string[][] = []
    let links = 0
    for (const file of [...files].filter((path) => path.endsWith('.md')).slice(0, 40)) {
      const text = await tools.read(file)
      for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/i.test(target)) continue
        links++
        const path = new URL(target, `file:///${file}`).pathname.slice(1).replace(/\/$/, '')
        if (!files.has(path) && !folders.has(path) && files.size < FILES_MAX) rows.push([file, target])
      }
    }
    const body = rows.length === 0 ? 'None is broken.' : table(['File', 'Link'], rows)
    return `# Relative links\n\n${links} relative links looked at.\n\n${body}\n`
  },
}

const LIMITS_HEADING = '## Known limits'

export const releaseNotes: Job = {
  ref: 'release-notes',
  title: 'Draft release notes from the commits',
  type: 'CONTENT',
  priority: 2,
  assignee: 'Pixel',
  needsGit: true,
  expected: 'DONE',
  plan: ['Read the latest commits', 'Group what users notice', 'Write the notes'],
  async work(task, _context, { shell, client }) {
    const log = await shell('git log -n 40 --format=%s')
    const notes = log
      .split('\n')
      .filter((subject) => subject !== '')
      .map((subject) => `- ${subject}`)
    const wishes = (await client.reviews.list({ taskId: task.id })).ok ? await openItems(client, task.id) : []
    const draft = [`# Release notes (draft)`, '', ...notes]
    if (wishes.length > 0)
      draft.push('', LIMITS_HEADING, '', 'Drawn from commit subjects; nobody has read the changes themselves.')
    for (const wish of wishes)
      await client.reviews.resolveItem({ ...wish, resolution: `added under "${LIMITS_HEADING}"` })
    return `${draft.join('\n')}\n`
  },
}

/** What reviewers still want changed. */
async function openItems(client: Tools['client'], taskId: string): Promise<{ reviewId: string; item: number }[]> {
  const reviews = await client.reviews.list({ taskId, limit: 50 })
  if (!reviews.ok) return []
  return reviews.data.data
    .filter((review) => review.verb === 'CHANGESET' && review.status === 'OPEN')
    .flatMap((review) =>
      review.items.flatMap((entry, item) => (entry.resolvedAt === null ? [{ reviewId: review.id, item }] : [])),
    )
}

/** What the reviewer of this squad misses in a deliverable; empty when it is good. */
export function reviewProblems(ref: string | null, content: string): string[] {
  const problems: string[] = []
  if (!content.startsWith('# ')) problems.push('Begin with a heading')
  if (content.trim().split('\n').length < 3) problems.push('Say more than a heading')
  if (ref === releaseNotes.ref && !content.includes(LIMITS_HEADING)) problems.push(`Add a section "${LIMITS_HEADING}"`)
  return problems
}
