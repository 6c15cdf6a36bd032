/** How the program ends. */
export const EXIT = {
  /** Everything asked for was done. */
  ok: 0,
  /** It was done, and the answer is one that a script should stop at: errors in a policy, policies that differ. */
  found: 1,
  /** The command line or a file given to it cannot be used; nothing was judged. */
  usage: 2,
  /** A fault of this program. */
  fault: 70,
} as const
