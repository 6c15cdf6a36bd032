import { z } from 'zod'

const COMMANDS_MAX = 1000
const WORDS_MAX = 500
const PROFILE_DEPTH_NOTE = 'sub-commands nest at most 4 deep'
const PROFILE_DEPTH_MAX = 4

/**
 * What one argument of a command may be.
 *
 * `free` is text the command cannot turn into an effect. `name` is text that is no path out of the workspace.
 * `read`, `list` (metadata only), `write` and `directory` obey the file rules. `script` is a file the command runs: it
 * must match the profile's `scripts`; `scriptArgument` is what it is given. The rest are small languages with their own checker.
 */
export const ARGUMENT_KINDS = [
  'free',
  'name',
  'number',
  'read',
  'list',
  'write',
  'directory',
  'script',
  'scriptArgument',
  'url',
  'revision',
  'branchName',
  'pathspec',
  'lineRange',
  'packageFilter',
  'searchGlob',
  'testPath',
  'gitFormat',
  'sedScript',
  'awkProgram',
  'jqFilter',
  'timeFormat',
] as const
export type ArgumentKind = (typeof ARGUMENT_KINDS)[number]

const word = z
  .string()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
const commandName = z.string().regex(/^[A-Za-z0-9_.+[-]{1,64}$/, 'must be a bare command name')
const flagName = z.string().regex(/^--?[A-Za-z0-9][A-Za-z0-9._:=-]{0,63}$/, 'must be a flag such as -n or --name')

/** One of the kinds, or a closed list of words. A word that ends in `*` stands for any suffix of letters, digits, `:_-`. */
export const argumentRule = z.union([
  z.enum(ARGUMENT_KINDS),
  z.strictObject({ oneOf: z.array(word).min(1).max(WORDS_MAX) }),
])
export type ArgumentRule = z.infer<typeof argumentRule>

const flagList = z.array(flagName).max(WORDS_MAX)
const flagRules = z.record(flagName, argumentRule)

/**
 * What a listed command may be called with. Whatever is not named here is unlisted, so an abbreviation, an unknown
 * cluster of letters or a flag of a newer version asks a human instead of slipping through.
 */
export interface CommandProfile {
  /** Flags without a value. Single letters may be joined: `-rn`. */
  readonly flags: readonly string[]
  /** Flags that need a value: `-n 5`, `-n5`, `--max=5`, `--max 5`. */
  readonly valueFlags: Readonly<Record<string, ArgumentRule>>
  /** Flags whose value, if any, is glued to them: `--color=always`, `-U3`. */
  readonly optionalFlags: Readonly<Record<string, ArgumentRule>>
  /** Flags that need a name and a value in two words: `--arg name value`. The rule is that of the value. */
  readonly pairFlags: Readonly<Record<string, ArgumentRule>>
  /** Flags allowed only as the one argument, such as `--version`. */
  readonly soloFlags: readonly string[]
  /** True when `-20` means a count. */
  readonly countFlag: boolean
  /** Operands by position. */
  readonly operands: readonly ArgumentRule[]
  /** Rule for operands after those; null means there may be none. */
  readonly rest: ArgumentRule | null
  readonly operandsMin: number
  /** Flags that take the place of the first operand, as `-e` does for grep's pattern. */
  readonly firstOperandFlags: readonly string[]
  /** At least one of these must be given, as `-m` for a commit that must not open an editor. Empty: none is needed. */
  readonly needsOneOf: readonly string[]
  /** Operands are allowed only with one of these, as `--list` turns a new branch into a search. Empty: always. */
  readonly operandsNeedOneOf: readonly string[]
  /** A grammar of its own that replaces flags and operands. */
  readonly expression: 'find' | 'test' | 'words' | 'scriptArguments' | null
  /** Globs, relative to the workspace, of files that an argument of kind `script` may name. */
  readonly scripts: readonly string[]
  /** What may follow the first operand when a script takes over the rest of the line; null: this profile goes on. */
  readonly forwarded: CommandProfile | null
  /** What may follow `--`; null: only operands of this profile. */
  readonly afterDoubleDash: CommandProfile | null
  /** Sub-commands by exact name, or by prefix when the name ends in `*`. Null: the command has none. */
  readonly subcommands: Readonly<Record<string, CommandProfile>> | null
  /** What `-m NAME` may start, as python does; null: no modules. */
  readonly modules: Readonly<Record<string, CommandProfile>> | null
}

function nested(profiles: Readonly<Record<string, CommandProfile>> | null): readonly CommandProfile[] {
  return Object.values(profiles ?? {})
}

function depth(profile: CommandProfile): number {
  const below = [profile.forwarded, profile.afterDoubleDash, ...nested(profile.subcommands), ...nested(profile.modules)]
  return 1 + Math.max(0, ...below.map((inner) => (inner === null ? 0 : depth(inner))))
}

const nestedProfile: z.ZodType<CommandProfile> = z.lazy(() => profileShape)
const profileShape: z.ZodType<CommandProfile> = z.strictObject({
  flags: flagList.default([]),
  valueFlags: flagRules.default({}),
  optionalFlags: flagRules.default({}),
  pairFlags: flagRules.default({}),
  soloFlags: flagList.default([]),
  countFlag: z.boolean().default(false),
  operands: z.array(argumentRule).max(20).default([]),
  rest: argumentRule.nullable().default(null),
  operandsMin: z.int().min(0).max(20).default(0),
  firstOperandFlags: flagList.default([]),
  needsOneOf: flagList.default([]),
  operandsNeedOneOf: flagList.default([]),
  expression: z.enum(['find', 'test', 'words', 'scriptArguments']).nullable().default(null),
  scripts: z.array(word).max(WORDS_MAX).default([]),
  forwarded: nestedProfile.nullable().default(null),
  afterDoubleDash: nestedProfile.nullable().default(null),
  subcommands: z.record(word, nestedProfile).nullable().default(null),
  modules: z.record(word, nestedProfile).nullable().default(null),
})

const commandProfile: z.ZodType<CommandProfile> = profileShape.refine(
  (profile) => depth(profile) <= PROFILE_DEPTH_MAX,
  { error: PROFILE_DEPTH_NOTE },
)

/** A command that is refused whatever the list says: its name, optionally followed by its first words (`git push`). */
const commandPattern = z.string().regex(/^[A-Za-z0-9_.+-]{1,64}( [^\s]{1,64}){0,3}$/, 'must be a command, then words')

/** What a policy says about shell commands. `null` in a field means that a less specific policy decides. */
export const shellSection = z.strictObject({
  commands: z
    .record(commandName, commandProfile)
    .refine((commands) => Object.keys(commands).length <= COMMANDS_MAX, { error: `at most ${COMMANDS_MAX} commands` })
    .nullable()
    .default(null),
  /** RED even where a profile lists them. */
  deny: z.array(commandPattern).max(COMMANDS_MAX).nullable().default(null),
  /** DENY without override, besides the built-in ones. */
  forbid: z.array(commandPattern).max(COMMANDS_MAX).nullable().default(null),
  /** False: a redirect may only write to /dev/null. */
  redirectsWriteFiles: z.boolean().nullable().default(null),
  lengthMax: z.int().min(1).max(10_000).nullable().default(null),
  commandsMax: z.int().min(1).max(100).nullable().default(null),
})
export type ShellSection = z.infer<typeof shellSection>
