import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
import { createNodeWorkspace, type NodeWorkspace, type NodeWorkspaceOptions } from '../../src/index.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** A folder of its own for one test, with files in it. The real path, also where the temporary folder is a link. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'agent-node-test-')))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  fill(path, files)
  return path
}

export function fill(path: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
}

/** A workspace in the folder `ws` of a folder of its own, so that there is something outside that may be touched. */
export function workspace(files: Readonly<Record<string, string>> = {}, options: Partial<NodeWorkspaceOptions> = {}) {
  const outside = folder()
  const root = join(outside, 'ws')
  mkdirSync(root)
  fill(root, files)
  const made: NodeWorkspace = createNodeWorkspace({ root, ...options })
  cleanups.push(() => made.close())
  return { ws: made, root, outside }
}
