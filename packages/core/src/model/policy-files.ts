import { z } from 'zod'

const GLOBS_MAX = 5000

/**
 * A glob over paths. Where it starts says what it is relative to: `/etc/**` absolute, `~/.ssh/**` the home folder,
 * `<tmpdir>/x/**` the folder for temporary files, `../shared/**` a sibling of the workspace, a leading double star any
 * folder, and anything else (`src/**`) the workspace itself.
 */
const pathGlob = z
  .string()
  .min(1)
  .max(500)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  .regex(/^[^\u0000-\u001f\u007f\\]*$/, 'must not hold control characters or backslashes')
const globs = z.array(pathGlob).max(GLOBS_MAX).nullable().default(null)

/** What a policy says about files. `null` in a field means that a less specific policy decides. Deny wins. */
export const filesSection = z.strictObject({
  read: globs,
  write: globs,
  /** Reading these is `secret.read`: RED. */
  secretRead: globs,
  /** Names that `secretRead` and `denyRead` match but that hold no secret, such as `.env.example`. */
  readExceptions: globs,
  /** DENY. */
  denyRead: globs,
  denyWrite: globs,
  /** Files that one call may delete before it counts as deleting a tree. */
  deleteFilesMax: z.int().min(0).max(1000).nullable().default(null),
  tmpDir: z
    .string()
    .regex(/^\/[^\s]{1,200}$/, 'must be an absolute path')
    .nullable()
    .default(null),
})
export type FilesSection = z.infer<typeof filesSection>
