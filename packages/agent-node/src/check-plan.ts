import type { ExecutionPlan } from '@mission-control/core'
import { WorkspaceError } from './workspace-error.ts'

type PlanNode = ExecutionPlan['root']

const DEPTH_MAX = 20
const NODES_MAX = 500
const WORDS_MAX = 2_000
const STDIN_MAX = 10_000
const COMMAND_NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}|\[)$/

function invalid(why: string): WorkspaceError {
  return new WorkspaceError('PLAN_INVALID', `the plan cannot be run: ${why}`)
}

/** Throws PLAN_INVALID unless all of a plan can be carried out; called before the first command starts. */
export function checkPlan(plan: ExecutionPlan): void {
  if (plan.version !== 1) throw invalid(`version ${String(plan.version)}`)
  const count = { nodes: 0 }
  checkNode(plan.root, { count, depth: 0, hasPipe: false })
}

interface Where {
  readonly count: { nodes: number }
  readonly depth: number
  /** Whether something is piped into this node. */
  readonly hasPipe: boolean
}

function checkNode(node: PlanNode, where: Where): void {
  where.count.nodes += 1
  if (where.depth > DEPTH_MAX || where.count.nodes > NODES_MAX) throw invalid('too many commands')
  const below = { ...where, depth: where.depth + 1 }
  switch (node.kind) {
    case 'command':
      checkCommand(node, where.hasPipe)
      break
    case 'enter':
      checkPath(node.cwd)
      break
    case 'list':
      if (node.steps.length === 0) throw invalid('an empty list')
      for (const { run, when } of node.steps) {
        if (!['always', 'success', 'failure'].includes(when)) throw invalid('an unknown condition')
        checkNode(run, below)
      }
      break
    case 'pipeline':
      if (node.commands.length === 0) throw invalid('an empty pipeline')
      for (const [at, run] of node.commands.entries()) checkNode(run, { ...below, hasPipe: at > 0 || where.hasPipe })
      break
    default:
      throw invalid('an unknown step')
  }
}

function checkCommand(command: Extract<PlanNode, { kind: 'command' }>, hasPipe: boolean): void {
  const { argv, patterns, cwd, stdin, stdout, stderr } = command
  checkPath(cwd)
  if (argv.length > WORDS_MAX || argv.some((word) => typeof word !== 'string' || word.includes('\0'))) {
    throw invalid('words that no program can be given')
  }
  if (!COMMAND_NAME.test(argv[0] ?? '')) throw invalid('a command that is no bare name')
  if (patterns.some((at) => !Number.isInteger(at) || at < 1 || at >= argv.length))
    throw invalid('a pattern out of range')
  if (stdin.from === 'pipe' && !hasPipe) throw invalid('input from a pipe where there is none')
  if (stdin.from === 'text' && stdin.text.length > STDIN_MAX) throw invalid('too much input')
  if (!['nothing', 'pipe', 'text', 'file'].includes(stdin.from)) throw invalid('an unknown input')
  if (stdin.from === 'file') checkPath(stdin.path)
  for (const output of [stdout, stderr]) {
    if (!['stdout', 'stderr', 'nothing', 'file'].includes(output.to)) throw invalid('an unknown output')
    if (output.to === 'file') checkPath(output.path)
  }
}

function checkPath(path: string): void {
  if (typeof path !== 'string' || !path.startsWith('/') || path.length > 4096 || path.includes('\0')) {
    throw invalid('a path that is not absolute')
  }
}

/** How many pipes a plan needs at most. */
export function pipesIn(node: PlanNode): number {
  switch (node.kind) {
    case 'pipeline':
      return node.commands.reduce((sum, command) => sum + pipesIn(command), node.commands.length - 1)
    case 'list':
      return node.steps.reduce((sum, { run }) => sum + pipesIn(run), 0)
    default:
      return 0
  }
}
