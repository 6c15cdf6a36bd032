import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { root, StepFailed, tool } from './steps.ts'

/** A package as it would be published. */
export interface Packed {
  readonly name: string
  readonly dir: string
  readonly tarball: string
  readonly bytes: number
}

const packages = join(root, 'packages')
const packedTo = join(root, '.cache', 'packed')

/** Packs every package the way a release does, so that the checks see what users get. */
export async function packAll(): Promise<readonly Packed[]> {
  rmSync(packedTo, { recursive: true, force: true })
  mkdirSync(packedTo, { recursive: true })
  const packed: Packed[] = []
  for (const folder of readdirSync(packages).sort()) {
    const dir = join(packages, folder)
    const { name } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { name: string }
    const said = await tool('pnpm', ['pack', '--json', '--pack-destination', packedTo], dir)
    const { filename } = JSON.parse(said) as { filename: string }
    packed.push({ name, dir, tarball: filename, bytes: statSync(filename).size })
  }
  return packed
}

/** Looks at a packed package as publishers and as every kind of importer would. */
export async function checkPacked({ tarball }: Packed): Promise<void> {
  await tool('publint', ['run', tarball, '--strict'])
  await tool('attw', [tarball, '--profile', 'esm-only'])
}

/**
 * Bundles the built entries of core for the web, with everything they depend on. It fails when
 * any of that asks for a module of Node, and gives the bytes, minified and then compressed.
 */
export async function bundleCore(): Promise<{ readonly minified: number; readonly gzipped: number }> {
  const dist = join(packages, 'core', 'dist')
  const output = await build({
    configFile: false,
    logLevel: 'error',
    root: dist,
    plugins: [
      {
        name: 'refuse-node',
        enforce: 'pre',
        resolveId(id, importer) {
          if (isBuiltin(id)) throw new StepFailed(`core needs Node: ${id}, imported by ${importer}`)
        },
      },
    ],
    build: {
      write: false,
      minify: true,
      lib: { entry: [join(dist, 'index.js'), join(dist, 'policy.js'), join(dist, 'storage.js')], formats: ['es'] },
    },
  })
  const outputs = (Array.isArray(output) ? output : [output]).flatMap((one) => ('output' in one ? one.output : []))
  const code = outputs.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('\n')
  return { minified: Buffer.byteLength(code), gzipped: gzipSync(code).length }
}

interface Listed {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, Listed>>
}

/** Every package that installing core brings along, its own left out. */
export async function dependenciesOfCore(): Promise<readonly string[]> {
  const said = await tool('pnpm', ['list', '--prod', '--depth', 'Infinity', '--json'], join(packages, 'core'))
  const found = new Set<string>()
  const walk = (listed: Readonly<Record<string, Listed>> = {}) => {
    for (const [name, { version, dependencies }] of Object.entries(listed)) {
      found.add(`${name}@${version}`)
      walk(dependencies)
    }
  }
  for (const { dependencies } of JSON.parse(said) as readonly Listed[]) walk(dependencies)
  return [...found].sort()
}
