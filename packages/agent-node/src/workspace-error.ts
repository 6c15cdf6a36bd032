/** Why a workspace refuses to do something. The codes are stable; messages may change. */
export type WorkspaceErrorCode =
  /** The options of `createNodeWorkspace` cannot be used. */
  | 'OPTIONS_INVALID'
  /** The plan is malformed: nothing was started. */
  | 'PLAN_INVALID'
  /** A path leads out of the workspace, or to another place than when the call was judged. */
  | 'PATH_ESCAPES'
  /** What the path names is no regular file, or no folder. */
  | 'PATH_KIND'
  | 'NOT_TEXT'
  | 'TOO_LARGE'
  /** The checkout's own configuration would make git run a program, or read another repository. */
  | 'GIT_CONFIG'
  /** A host whose addresses nobody looked at before the decision. */
  | 'ADDRESS_UNKNOWN'
  /** The arguments of a tool cannot be read, or the tool is not one of this workspace. */
  | 'INPUT_INVALID'

/** Thrown when something may not be done at all. A command that merely fails is a result with an exit code. */
export class WorkspaceError extends Error {
  readonly code: WorkspaceErrorCode

  constructor(code: WorkspaceErrorCode, message: string) {
    super(message)
    this.name = 'WorkspaceError'
    this.code = code
  }
}

/** The code of an error of the operating system (`ENOENT`, `EACCES`, …), null for any other value. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
  ENAMETOOLONG: 'File name too long',
  E2BIG: 'Argument list too long',
  EAGAIN: 'Resource temporarily unavailable',
}

/** An error of the operating system as a sentence without paths of this machine in it. */
export function systemSentence(code: string): string {
  return SENTENCES[code] ?? code
}
