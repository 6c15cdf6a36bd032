import type { HostFacts, WorkspaceCall } from '@mission-control/core'
import { addressesOf } from './addresses.ts'
import { isInside, joinLexically, type LinkMemory, walk } from './real-path.ts'
import { pathsIn, urlsIn, wordsOf } from './words.ts'

const TEXTS_MAX = 200
const DEPTH_MAX = 6
const FOLDERS_MAX = 8
/** No policy reads a longer command. */
const COMMAND_MAX = 10_000
/** What the gate accepts: so many entries, and so many bytes of JSON. */
const ENTRIES_MAX = 450
const BYTES_MAX = 40_000

const COMMAND_KEY = /^(?:command|cmd|script|code|shell_?command)$/i
const URL_KEY = /(?:url|uri|href|endpoint|link)s?$/i
/** Texts to store or to send: they name nothing that this call opens. */
const PROSE_KEY = /^(?:content|contents|text|body|message|description|justification|old_?text|new_?text)$/i

export interface LookUpOptions {
  /** Every name under which the workspace may be addressed; the real path first. */
  readonly roots: readonly string[]
  readonly timeMs: number
  /** Hosts, with all below them, that may be asked for before a decision; null: any. */
  readonly hosts: readonly string[] | null
}

/** Finds out where the names in a call really lead, before anybody decides about it. Reads names only, never content. */
export async function lookUpFacts(call: WorkspaceCall, options: LookUpOptions): Promise<HostFacts> {
  const texts = textsOf(call.input)
  const words = texts.flatMap(({ key, text }) => (COMMAND_KEY.test(key) ? wordsOf(text.slice(0, COMMAND_MAX)) : []))
  const plain = texts.filter(({ key }) => !COMMAND_KEY.test(key) && !PROSE_KEY.test(key)).map(({ text }) => text)
  const urls = [...urlsIn(words), ...texts.filter(({ key }) => URL_KEY.test(key)).map(({ text }) => text)]
  const [realPaths, addresses] = await Promise.all([
    realPathsOf(foldersOf(call.cwd, words, options.roots), ['.', ...words, ...plain], options),
    addressesOf(urls, options.hosts, options.timeMs),
  ])
  return { realPaths, addresses }
}

interface NamedText {
  readonly key: string
  readonly text: string
}

function textsOf(input: unknown): readonly NamedText[] {
  const found: NamedText[] = []
  const collect = (key: string, value: unknown, depth: number): void => {
    if (found.length >= TEXTS_MAX || depth > DEPTH_MAX) return
    if (typeof value === 'string') found.push({ key, text: value })
    else if (Array.isArray(value)) for (const item of value) collect(key, item, depth + 1)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) collect(name, item, depth + 1)
    }
  }
  collect('', input, 0)
  return found
}

/** Folders that words may be relative to: the call's own, and those that a `cd` in it leads to. */
function foldersOf(cwd: string | null, words: readonly string[], roots: readonly string[]): readonly string[] {
  const folders = new Set(roots.map((root) => joinLexically(root, cwd ?? '.')))
  for (const [at, word] of words.entries()) {
    const target = word === 'cd' ? words[at + 1] : undefined
    if (target === undefined) continue
    for (const folder of [...folders]) folders.add(joinLexically(folder, target))
  }
  return [...folders].slice(0, FOLDERS_MAX)
}

async function realPathsOf(folders: readonly string[], words: readonly string[], { roots, timeMs }: LookUpOptions) {
  const deadline = performance.now() + timeMs
  const memory: LinkMemory = new Map()
  const links = new Map<string, string>()
  const others = new Map<string, string>()
  const paths = new Set(words.flatMap(pathsIn))
  for (const folder of folders) {
    for (const path of paths) {
      if (performance.now() > deadline) break
      const asKernel = await walk(folder, path, memory)
      // Rules also read `link/../x` without following the link first; both readings must be known.
      const asText = await walk('/', asKernel.lexical, memory)
      for (const { path, real } of [...asKernel.steps, ...asText.steps]) {
        if (path !== real) links.set(path, real)
        else if (roots.some((root) => isInside(root, path))) others.set(path, real)
      }
      if (asText.real !== asText.lexical) links.set(asText.lexical, asText.real)
    }
  }
  return bounded([...links, ...others])
}

/** As many entries as the gate takes, links first: they are what matters. A link left out is refused when it is used. */
function bounded(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const kept: [string, string][] = []
  let bytes = 0
  for (const [path, real] of entries) {
    bytes += Buffer.byteLength(JSON.stringify(path)) + Buffer.byteLength(JSON.stringify(real)) + 2
    if (kept.length === ENTRIES_MAX || bytes > BYTES_MAX) break
    kept.push([path, real])
  }
  return Object.fromEntries(kept)
}
