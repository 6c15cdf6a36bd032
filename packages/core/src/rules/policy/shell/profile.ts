import type { ArgumentRule, CommandProfile } from '../../../model/policy-shell.ts'

/** A profile in short hand: lists of flags as one text, flags with values as `flags: rule`. */
export interface ProfileDraft
  extends Partial<Omit<CommandProfile, 'flags' | 'soloFlags' | 'valueFlags' | 'optionalFlags' | 'pairFlags'>> {
  readonly flags?: string
  readonly soloFlags?: string
  /** Several flags of one rule share an entry: `{ '-n --lines': 'number' }`. */
  readonly valueFlags?: Readonly<Record<string, ArgumentRule>>
  readonly optionalFlags?: Readonly<Record<string, ArgumentRule>>
  readonly pairFlags?: Readonly<Record<string, ArgumentRule>>
}

const list = (text: string | undefined): string[] => (text === undefined ? [] : text.trim().split(/\s+/))

function spread(rules: Readonly<Record<string, ArgumentRule>> | undefined): Record<string, ArgumentRule> {
  const entries = Object.entries(rules ?? {}).flatMap(([flags, rule]) =>
    list(flags).map((flag) => [flag, rule] as const),
  )
  return Object.fromEntries(entries)
}

/** Completes a draft. What it does not mention is not allowed. */
export function profile(draft: ProfileDraft): CommandProfile {
  return {
    flags: list(draft.flags),
    valueFlags: spread(draft.valueFlags),
    optionalFlags: spread(draft.optionalFlags),
    pairFlags: spread(draft.pairFlags),
    soloFlags: list(draft.soloFlags),
    countFlag: draft.countFlag ?? false,
    operands: draft.operands ?? [],
    rest: draft.rest ?? null,
    operandsMin: draft.operandsMin ?? 0,
    firstOperandFlags: draft.firstOperandFlags ?? [],
    needsOneOf: draft.needsOneOf ?? [],
    operandsNeedOneOf: draft.operandsNeedOneOf ?? [],
    expression: draft.expression ?? null,
    scripts: draft.scripts ?? [],
    forwarded: draft.forwarded ?? null,
    afterDoubleDash: draft.afterDoubleDash ?? null,
    subcommands: draft.subcommands ?? null,
    modules: draft.modules ?? null,
  }
}

export const oneOf = (text: string): ArgumentRule => ({ oneOf: list(text) })

/** The same commands, which may also be asked who they are and what they can do. */
export function explained(
  profiles: Readonly<Record<string, CommandProfile>>,
): Readonly<Record<string, CommandProfile>> {
  const entries = Object.entries(profiles).map(([name, one]) => [name, withHelp(one)] as const)
  return Object.fromEntries(entries)
}

function withHelp(one: CommandProfile): CommandProfile {
  return one.expression === null ? { ...one, soloFlags: [...new Set([...one.soloFlags, '--version', '--help'])] } : one
}
