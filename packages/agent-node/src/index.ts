// The public surface of @mission-control/agent-node. Every export is a promise; see VERSIONING.md.

export type { FileContent, FileEntry } from './files.ts'
export type { WorkspaceLimits } from './limits.ts'
export {
  createNodeWorkspace,
  type NodeWorkspace,
  type NodeWorkspaceOptions,
  type RunOptions,
} from './node-workspace.ts'
export type { ExecutionResult } from './run-plan.ts'
export type { ToolContext, ToolExecutor, ToolName } from './tools.ts'
export { WorkspaceError, type WorkspaceErrorCode } from './workspace-error.ts'
