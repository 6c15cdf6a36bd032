import type { CommandProfile } from '../../../model/policy-shell.ts'
import { GIT_COMMANDS, gitProfile } from './profiles-git.ts'
import { LOOK_PROFILES } from './profiles-look.ts'
import {
  bunProfile,
  NPX,
  npmProfile,
  PYTHON_WITH_PYTEST,
  pnpmProfile,
  RUN_PROFILES,
  yarnProfile,
} from './profiles-run.ts'
import { TEXT_PROFILES } from './profiles-text.ts'

/** The profiles that come with the engine. A policy lists those it wants; none of them is in force by being here. */
export interface CommandCatalog {
  /** By command: programs that look at things, work on text, or run the project's own checks. */
  readonly commands: Readonly<Record<string, CommandProfile>>
  /** Sub-commands of git that `git` knows. */
  readonly gitCommands: readonly string[]
  readonly git: (subcommands: readonly string[]) => CommandProfile
  /** Package managers with the scripts they may run; a name that ends in `*` stands for any suffix. */
  readonly npm: (scripts: readonly string[]) => CommandProfile
  readonly pnpm: (scripts: readonly string[], withRunners: boolean) => CommandProfile
  readonly bun: (scripts: readonly string[]) => CommandProfile
  readonly yarn: () => CommandProfile
  /** `npx` with the checkers and test runners of a project. */
  readonly npx: CommandProfile
  /** `python` with `-m pytest` beside scripts. */
  readonly pythonWithPytest: CommandProfile
}

export const COMMAND_CATALOG: CommandCatalog = {
  commands: { ...LOOK_PROFILES, ...TEXT_PROFILES, ...RUN_PROFILES },
  gitCommands: Object.keys(GIT_COMMANDS),
  git: gitProfile,
  npm: npmProfile,
  pnpm: pnpmProfile,
  bun: bunProfile,
  yarn: yarnProfile,
  npx: NPX,
  pythonWithPytest: PYTHON_WITH_PYTEST,
}
