import type { ExecutionPlan } from '@mission-control/core'

type Node = ExecutionPlan['root']
type Command = Extract<Node, { kind: 'command' }>
type When = 'always' | 'success' | 'failure'

/** A command with the usual streams, in `cwd`. */
export function command(cwd: string, argv: readonly string[], changes: Partial<Command> = {}): Command {
  return {
    kind: 'command',
    argv,
    patterns: [],
    cwd,
    stdin: { from: 'nothing' },
    stdout: { to: 'stdout' },
    stderr: { to: 'stderr' },
    ...changes,
  }
}

/** Commands joined by pipes: every stage but the first, and all within it, reads what the one before writes. */
export function pipeline(...commands: readonly Node[]): Node {
  return { kind: 'pipeline', commands: commands.map((node, at) => (at === 0 ? node : fromPipe(node))) }
}

function fromPipe(node: Node): Node {
  if (node.kind === 'command') return node.stdin.from === 'nothing' ? { ...node, stdin: { from: 'pipe' } } : node
  if (node.kind === 'list') return { ...node, steps: node.steps.map(({ when, run }) => ({ when, run: fromPipe(run) })) }
  if (node.kind !== 'pipeline') return node
  return { ...node, commands: node.commands.map((inner, at) => (at === 0 ? fromPipe(inner) : inner)) }
}

export function list(first: Node, ...rest: readonly (readonly [When, Node])[]): Node {
  return { kind: 'list', steps: [{ when: 'always', run: first }, ...rest.map(([when, run]) => ({ when, run }))] }
}

/** What a policy usually protects. */
const WITHHELD = [
  '**/.env*',
  '**/.git/**',
  '**/.ssh/**',
  '**/.aws/**',
  '**/.npmrc',
  '**/*.pem',
  '**/*.key',
  '**/id_rsa*',
  '**/secrets/**',
  '**/credentials.json',
]

export function plan(root: Node, withheld: readonly string[] = WITHHELD): ExecutionPlan {
  return { version: 1, root, withheld: { globs: [...withheld], exceptions: [] } }
}
