import { existsSync } from 'node:fs'
import { basename, join, parse, resolve } from 'node:path'
import { defineConfig } from 'tsup'

/** How every package is built: ESM only, because Node 20.19 and newer can `require` it as well. */
export function packageBuild(entry: string[]) {
  return defineConfig(({ dts }) => ({
    entry,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    clean: true,
    // Chunks would hide from which entry a line comes; entries that share code share files instead.
    splitting: entry.length > 1,
    ...(dts !== false && { dts: declarationsOf(entry) }),
  }))
}

/**
 * Puts together what `tsc -p tsconfig.build.json` declared of all packages at once. From the sources, each package
 * would have the compiler work through everything it depends on, which takes ten times as long.
 */
function declarationsOf(entry: readonly string[]) {
  const declared = resolve('../../.cache/declarations/packages', basename(process.cwd()), 'src')
  if (!existsSync(declared))
    throw new Error('There are no declarations: run `npm run build` in the root, which makes them.')
  const names = entry.map((file) => parse(file).name)
  return {
    entry: Object.fromEntries(names.map((name) => [name, join(declared, `${name}.d.ts`)])),
    // tsup sets a base URL of its own, which TypeScript 6 calls deprecated.
    compilerOptions: { ignoreDeprecations: '6.0' },
  }
}
