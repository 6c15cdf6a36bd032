/**
 * Writes the documents that are made from the code. With `--check` it writes nothing and fails when
 * a document on disk is not what the code says now.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { documents } from './generated-documents.ts'
import { root } from './steps.ts'

const onlyCheck = process.argv.includes('--check')
const stale: string[] = []

function onDisk(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

for (const { file, render } of documents) {
  const path = join(root, file)
  const text = render()
  if (onDisk(path) === text) continue
  if (onlyCheck) {
    stale.push(file)
  } else {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    console.log(`wrote ${file}`)
  }
}

if (stale.length > 0) {
  console.error(`Not what the code says: ${stale.join(', ')}. Write them anew: npm run docs:generate`)
  process.exitCode = 1
}
