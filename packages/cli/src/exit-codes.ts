/** How the program ends. */
export const EXIT = {
  /** Everything asked for was done. */
  ok: 0,
  /** It was done, and the answer is one that a script should stop at: errors in a policy, a fault found by the doctor. */
  found: 1,
  /** The command line, a variable or a file given to it cannot be used; nothing was changed. */
  usage: 2,
  /** Mission Control said no: a rule, a state or a budget stands against it. Nothing was changed, or only what the refusal says. */
  refused: 3,
  /** The key is not known, or its holder may not do this. */
  forbidden: 4,
  /** There is no such thing. */
  notFound: 5,
  /** A fault of this program. */
  fault: 70,
  /** The host or the store cannot be reached, or is busy: try again later. */
  unavailable: 75,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const

/** The table of exit codes, for the documents. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'everything asked for was done',
  found:
    'it was done, and a script should stop: `lint` found an error, `diff` a change, `doctor` a fault, an approval is not granted',
  usage: 'the command line, a variable or a file cannot be used, or the input is not valid; nothing was changed',
  refused: 'Mission Control said no: a rule, a state or a budget stands against it',
  forbidden: 'the key is not known, or its holder may not do this',
  notFound: 'there is no such thing',
  fault: 'a fault of the program',
  unavailable: 'the host or the store cannot be reached, or asks for patience: try again later',
  interrupted: 'ended by Ctrl-C',
}
