// Runs after an install. Puts our own command line beside the other tools, as if it had been installed: so
// `npx --no mission-control` works from the root of a clone, on the sources and without a build.
// (As a dependency of the root it would need a protocol that makes `npm install` stop with a riddle.)
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const program = join(root, 'packages', 'cli', 'bin', 'from-source.mjs')

mkdirSync(bin, { recursive: true })
for (const name of ['mission-control', 'mc']) {
  const link = join(bin, name)
  rmSync(link, { force: true })
  if (process.platform === 'win32') writeFileSync(`${link}.cmd`, `@node "${program}" %*\r\n`)
  else symlinkSync(relative(bin, program), link)
}
if (process.platform !== 'win32') chmodSync(program, 0o755)
