import { defineConfig } from 'tsup'

/** How every package is built: ESM only, because Node 20.19 and newer can `require` it as well. */
export function packageBuild(entry: string[]) {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    clean: true,
    // Chunks would hide from which entry a line comes; entries that share code share files instead.
    splitting: entry.length > 1,
    // tsup sets a base URL of its own, which TypeScript 6 calls deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  })
}
