import type { CliCommand } from '../command.ts'
import { backup } from './backup.ts'
import { mcp } from './mcp.ts'
import { policyCheck } from './policy-check.ts'
import { policyDiff } from './policy-diff.ts'
import { policyExplain } from './policy-explain.ts'
import { policyLint } from './policy-lint.ts'
import { redact } from './redact.ts'
import { restore } from './restore.ts'
import { verify } from './verify.ts'

/** Every command. A new one is a file and a line here. */
export const COMMANDS: readonly CliCommand[] = [
  policyCheck,
  policyExplain,
  policyLint,
  policyDiff,
  redact,
  backup,
  restore,
  verify,
  mcp,
]
