import { adminCommands } from './admin.ts'
import { attentionCommands } from './attention.ts'
import { decisionCommands } from './decisions.ts'
import { moneyCommands } from './money.ts'
import type { Resource } from './resource.ts'
import { squadCommands } from './squad.ts'
import { taskCommands } from './tasks.ts'

/** Every command that is one operation of the registry. */
export const RESOURCES: readonly Resource[] = [
  ...squadCommands,
  ...taskCommands,
  ...decisionCommands,
  ...moneyCommands,
  ...attentionCommands,
  ...adminCommands,
]
