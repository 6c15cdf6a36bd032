import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, realpathSync } from 'node:fs'
import { expect, test } from 'vitest'
import { assessToolCall } from '../../../core/src/rules/policy/assess.ts'
import { EVERYDAY_COMMANDS } from '../../../core/src/rules/policy/corpus/everyday-commands.ts'
import { widePolicy } from '../../../core/src/rules/policy/corpus/wide-policy.ts'
import { folder, workspace } from '../support/folders.ts'

// An oracle by execution: what the policy allows is run twice, by its plan and by bash, each in a folder of its own. Both
// must say the same and end the same, and neither may leave anything behind.

const FILES = {
  'README.md': '# Title\n\nfoo bar\nfoo\n--flag\n`code`\n',
  'package.json': '{"name":"x","version":"1.0.0","scripts":{"test":"true"}}\n',
  f: 'a b c\nd e f\n1,2,3\n',
  a: 'one\ntwo\n',
  b: 'one\nthree\n',
  'a.txt': 'pear\nfig\n',
  'data.csv': 'a;b,c\n1;2,3\n',
  'data.json': '{"items":[{"name":"x","id":1}]}\n',
  'src/index.ts': 'export const one = 1\nimport x from "y"\n',
  'src/a.ts': 'console.log("foo")\n',
  'src/app/[id].ts': '1\n',
  'docs/my file.md': 'words\n',
  'test/a.test.ts': 'test\n',
}

/** Programs whose answer depends on the machine, the clock or the shell that started them, or that are no programs of it. */
const NOT_COMPARED =
  /\b(?:date|uname|whoami|id|du|stat|file|tree|which|npm|npx|pnpm|yarn|bun|node|python3?|pytest|make|cargo|go|ruff|mypy|git|rg|curl|column)\b|\bls\b.*-\w*[lsitzU]|--(?:help|version|full-time|sort|inode|size|time)|-(?:\w*newer|ls|printf|\w+min|perm|writable|readable|user|group|inum|size)\b|sort -R|--random-sort|\bdiff\b.* -\w*[uUc]/
/** Where the two say the same in other words: complaints name the program or the line of the script. */
const COMPLAINS = /No such file|not found|missing|usage|Usage|cannot|invalid|syntax|too many|expected|error/i

const commands = EVERYDAY_COMMANDS.flatMap(({ commands: all }) => all).filter((text) => !NOT_COMPARED.test(text))

test('everyday commands do by their plan what they do in bash, and leave nothing behind', {
  timeout: 120_000,
}, async () => {
  const { ws, root } = workspace(FILES)
  const twin = folder()
  cpSync(root, twin, { recursive: true })
  const before = listing(root)
  const wrong: string[] = []
  let compared = 0
  for (const written of commands) {
    const [command, twinCommand] = [root, twin].map((place) => written.replaceAll('/workspace/app', place)) as [
      string,
      string,
    ]
    const { plan, violations } = assessToolCall(widePolicy, {
      tool: 'exec',
      input: { command },
      cwd: root,
      workspacePath: root,
      home: '/home/agent',
      resolved: null,
    })
    expect(violations, command).toEqual([])
    if (plan === null) throw new Error(`no plan for ${command}`)
    const ours = await ws.run(plan).catch((error: unknown) => ({ exitCode: -1, stdout: String(error), stderr: '' }))
    const theirs = spawnSync('/bin/bash', ['--noprofile', '--norc', '-c', twinCommand], {
      cwd: twin,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/nowhere', PWD: twin },
      encoding: 'utf8',
      input: '',
    })
    // What complains does so in its own words and, being wrong, may end otherwise than a builtin does.
    if (COMPLAINS.test(theirs.stderr) || COMPLAINS.test(ours.stderr)) continue
    compared += 1
    const theirOutput = theirs.stdout.replaceAll(realpathSync(twin), root)
    if (ours.stdout !== theirOutput || ours.exitCode !== theirs.status) {
      wrong.push(`${command}\n  plan: ${ours.exitCode} ${ours.stdout}\n  bash: ${theirs.status} ${theirOutput}`)
    }
  }
  expect(wrong).toEqual([])
  expect(listing(root)).toEqual(before)
  expect(listing(twin)).toEqual(before)
  console.log(`everyday commands run by plan and by bash: ${compared} of ${commands.length} compared`)
  expect(compared).toBeGreaterThan(150)
})

function listing(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
}
