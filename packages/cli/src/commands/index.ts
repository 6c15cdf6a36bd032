import type { CliCommand } from '../command.ts'
import { RESOURCES } from '../resources/index.ts'
import { resourceCommand } from '../resources/resource-command.ts'
import { approvalCheck } from './approval-check.ts'
import { backup } from './backup.ts'
import { completionOf } from './completion.ts'
import { doctor } from './doctor.ts'
import { exportProject } from './export.ts'
import { init } from './init.ts'
import { mcp } from './mcp.ts'
import { policyCheck } from './policy-check.ts'
import { policyDiff } from './policy-diff.ts'
import { policyExplain } from './policy-explain.ts'
import { policyLint } from './policy-lint.ts'
import { redact } from './redact.ts'
import { restore } from './restore.ts'
import { runAgent } from './run-agent.ts'
import { serve } from './serve.ts'
import { verify } from './verify.ts'
import { watch } from './watch.ts'

/** Every command. A new one is a file and a line here; one over an operation of the registry is an entry of a table. */
export const COMMANDS: readonly CliCommand[] = [
  init,
  serve,
  doctor,
  runAgent,
  watch,
  ...RESOURCES.map(resourceCommand),
  approvalCheck,
  policyCheck,
  policyExplain,
  policyLint,
  policyDiff,
  redact,
  exportProject,
  backup,
  restore,
  verify,
  mcp,
  completionOf(() => COMMANDS),
]
