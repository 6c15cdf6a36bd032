import type { ArgumentRule, CommandProfile } from '../../../model/policy-shell.ts'
import { oneOf, type ProfileDraft, profile } from './profile.ts'

/**
 * Git without configuration overrides, external programs, other repositories or other files. Programs named in the
 * checkout's own configuration are the executor's matter: it pins the settings that would start them.
 */
const PATHS_AFTER_DASHES = profile({ rest: 'pathspec' })

const DIFF_FLAGS = `-p -u --patch -s --no-patch --stat --cached --staged --name-only --name-status --shortstat --numstat
  --summary --dirstat --compact-summary -w -b -R -a -z --raw --check --minimal --patience --histogram
  --ignore-all-space --ignore-space-change --ignore-space-at-eol --ignore-blank-lines --ignore-cr-at-eol --color
  --no-color --color-words --word-diff --exit-code --quiet -q --no-ext-diff --no-textconv --no-renames --find-renames
  --find-copies --full-index --binary --text --merge-base --function-context -W -m -c --cc --no-prefix --relative
  --no-indent-heuristic --indent-heuristic --patch-with-stat --patch-with-raw`

const DIFF_VALUES: Readonly<Record<string, ArgumentRule>> = {
  '-S -G --diff-filter --inter-hunk-context': 'free',
  '--src-prefix --dst-prefix': 'name',
}

const DIFF_OPTIONAL: Readonly<Record<string, ArgumentRule>> = {
  '-U --unified': 'number',
  '-M -C -B --find-renames --find-copies': 'number',
  '--color': oneOf('always never auto'),
  '--word-diff': oneOf('color plain porcelain none'),
  '--diff-algorithm': oneOf('patience minimal histogram myers default'),
  '--stat --abbrev --dirstat': 'free',
  '--submodule': oneOf('short log diff'),
  '--ws-error-highlight': oneOf('none default old new context all'),
}

const LOG_FLAGS = `--oneline --graph --all --branches --tags --remotes --decorate --no-decorate --merges --no-merges
  --first-parent --reverse --follow --abbrev-commit --no-abbrev-commit --left-right --left-only --right-only
  --cherry-pick --cherry-mark --cherry --boundary --topo-order --date-order --author-date-order --no-walk
  --simplify-by-decoration --full-history --parents --children --relative-date --no-notes --invert-grep --all-match
  -i -E -F -P --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --source --clear-decorations
  --walk-reflogs -g --not --show-pulls --ancestry-path --use-mailmap --no-mailmap --no-patch --pickaxe-regex --pickaxe-all --full-diff`

const LOG_VALUES: Readonly<Record<string, ArgumentRule>> = {
  '-n --max-count --skip --min-parents --max-parents': 'number',
  '--since --after --until --before --author --committer --grep --grep-reflog --date': 'free',
  '-L': 'lineRange',
  '--format': 'gitFormat',
  '--glob --exclude --decorate-refs --decorate-refs-exclude': 'free',
}

const LOG_OPTIONAL: Readonly<Record<string, ArgumentRule>> = {
  '--pretty': 'gitFormat',
  '--decorate': oneOf('short full auto no'),
  '--branches --tags --remotes': 'free',
  '--no-walk': oneOf('sorted unsorted'),
}

const log: ProfileDraft = {
  flags: `${LOG_FLAGS} ${DIFF_FLAGS}`,
  valueFlags: { ...DIFF_VALUES, ...LOG_VALUES },
  optionalFlags: { ...DIFF_OPTIONAL, ...LOG_OPTIONAL },
  countFlag: true,
  rest: 'revision',
  afterDoubleDash: PATHS_AFTER_DASHES,
}

/** Git commands by name; a policy lists those it wants. */
export const GIT_COMMANDS: Readonly<Record<string, CommandProfile>> = {
  status: profile({
    flags:
      '-s -b -v -z --short --branch --long --ignored --show-stash --ahead-behind --no-ahead-behind --no-renames -u',
    optionalFlags: {
      '--porcelain': oneOf('v1 v2 1 2'),
      '-u --untracked-files': oneOf('no normal all'),
      '--ignored': oneOf('traditional no matching'),
      '--column': 'free',
    },
    rest: 'pathspec',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  diff: profile({
    flags: DIFF_FLAGS,
    valueFlags: DIFF_VALUES,
    optionalFlags: DIFF_OPTIONAL,
    rest: 'revision',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  log: profile(log),
  show: profile(log),
  branch: profile({
    flags: `-a -r -v -vv -l --all --remotes --verbose --list --show-current --color --no-color --ignore-case -i
      --no-abbrev`,
    valueFlags: {
      '--sort': 'free',
      '--format': 'gitFormat',
      '--points-at --contains --no-contains --merged --no-merged': 'revision',
    },
    rest: 'free',
    // Without it an operand would be a new branch.
    operandsNeedOneOf: ['--list'],
    optionalFlags: {
      '--color': oneOf('always never auto'),
      '--abbrev': 'number',
      '--column': 'free',
      '--contains --no-contains --merged --no-merged': 'revision',
    },
  }),
  'rev-parse': profile({
    flags: `--show-toplevel --show-prefix --show-cdup --git-dir --absolute-git-dir --git-common-dir
      --is-inside-work-tree --is-inside-git-dir --is-bare-repository --is-shallow-repository --verify -q --quiet
      --symbolic --symbolic-full-name --all --branches --tags --remotes --short --abbrev-ref --show-object-format`,
    optionalFlags: {
      '--short': 'number',
      '--abbrev-ref': oneOf('strict loose'),
      '--path-format': oneOf('absolute relative'),
    },
    rest: 'revision',
  }),
  'ls-files': profile({
    flags: `-c -d -m -o -i -s -u -k -t -v -z --cached --deleted --modified --others --ignored --stage --unmerged
      --killed --directory --eol --exclude-standard --full-name --error-unmatch --deduplicate --no-empty-directory`,
    valueFlags: { '-x --exclude': 'free' },
    optionalFlags: { '--abbrev': 'number' },
    rest: 'pathspec',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  blame: profile({
    flags:
      '-s -w -e -l -t -f -n -p -b -c --porcelain --line-porcelain --show-name --show-number --show-email --root --color-lines --color-by-age',
    valueFlags: { '-L': 'lineRange', '--since --date': 'free', '--ignore-rev': 'revision' },
    optionalFlags: { '-M -C --abbrev': 'number' },
    rest: 'revision',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  remote: profile({ flags: '-v --verbose' }),
  tag: profile({
    flags: '-l --list -n -i --ignore-case --color --no-color',
    valueFlags: {
      '--sort': 'free',
      '--format': 'gitFormat',
      '--points-at --contains --no-contains --merged --no-merged': 'revision',
    },
    optionalFlags: {
      '-n': 'number',
      '--column': 'free',
      '--contains --no-contains --merged --no-merged': 'revision',
    },
    rest: 'free',
    operandsNeedOneOf: ['-l', '--list'],
  }),
  stash: profile({
    subcommands: {
      list: profile({ ...log, rest: null }),
      push: profile({
        flags: '-k -u -q --keep-index --no-keep-index --include-untracked --quiet -S --staged',
        valueFlags: { '-m --message': 'free' },
        rest: 'pathspec',
        afterDoubleDash: PATHS_AFTER_DASHES,
      }),
    },
  }),
  describe: profile({
    flags: '--tags --all --always --long --exact-match --first-parent --contains --dirty --broken',
    valueFlags: { '--match --exclude': 'free', '--candidates': 'number' },
    optionalFlags: { '--abbrev': 'number', '--dirty --broken': 'name' },
    rest: 'revision',
  }),
  shortlog: profile({
    flags:
      '-s -n -e -c --summary --numbered --email --committer --no-merges --merges --all --branches --tags --first-parent',
    valueFlags: { '--since --until --after --before --author --grep': 'free', '--format': 'gitFormat' },
    optionalFlags: { '--group': 'free' },
    countFlag: true,
    rest: 'revision',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  'merge-base': profile({
    flags: '-a --all --is-ancestor --fork-point --independent --octopus',
    rest: 'revision',
    operandsMin: 1,
  }),
  reflog: profile({
    flags: LOG_FLAGS,
    valueFlags: LOG_VALUES,
    optionalFlags: LOG_OPTIONAL,
    countFlag: true,
    // `expire` and `delete` are words in the same place.
    operands: [oneOf('show HEAD')],
    rest: 'revision',
  }),
  worktree: profile({ subcommands: { list: profile({ flags: '-v -z --porcelain --verbose' }) } }),
  grep: profile({
    flags: `-n -i -l -L -c -v -w -E -F -P -G -h -H -q -o -a -I -z -p -W --line-number --ignore-case
      --files-with-matches --name-only --files-without-match --count --invert-match --word-regexp --extended-regexp
      --fixed-strings --perl-regexp --basic-regexp --only-matching --heading --break --cached --untracked
      --show-function --function-context --all-match --and --or --not --full-name --column --color --no-color --text
      --exclude-standard`,
    valueFlags: {
      '-e': 'free',
      '-f': 'read',
      '-A -B -C -m --after-context --before-context --context --max-count --max-depth --threads': 'number',
    },
    optionalFlags: { '--color': oneOf('always never auto') },
    countFlag: true,
    operands: ['free'],
    rest: 'revision',
    operandsMin: 1,
    firstOperandFlags: ['-e', '-f'],
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  'cat-file': profile({
    flags: '-p -t -s -e',
    operands: ['revision'],
    operandsMin: 1,
    needsOneOf: ['-p', '-t', '-s', '-e'],
  }),
  'show-ref': profile({
    flags: '--heads --branches --tags --head --verify -q --quiet -d --dereference -s',
    optionalFlags: { '--hash --abbrev': 'number' },
    rest: 'revision',
  }),
  'check-ignore': profile({
    flags: '-v -n -q -z --verbose --non-matching --quiet --no-index',
    // Whether a name is ignored says nothing about what is in it.
    rest: 'name',
    operandsMin: 1,
    afterDoubleDash: profile({ rest: 'name' }),
  }),
  add: profile({
    flags: '-A -u -v -n -N --all --update --verbose --dry-run --intent-to-add --no-all --refresh --ignore-errors',
    rest: 'pathspec',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  commit: profile({
    flags: `-a -s -q -v -o --all --signoff --no-signoff --quiet --verbose --allow-empty --only --no-gpg-sign
      --no-status --porcelain --short --dry-run`,
    valueFlags: { '-m --message': 'free', '-F --file': 'read' },
    needsOneOf: ['-m', '--message', '-F', '--file'],
    rest: 'pathspec',
    afterDoubleDash: PATHS_AFTER_DASHES,
  }),
  checkout: profile({
    flags: '-q -t --quiet --track --no-track --progress --no-progress',
    valueFlags: { '-b': 'branchName' },
    needsOneOf: ['-b'],
    operands: ['revision'],
    afterDoubleDash: profile({}),
  }),
  switch: profile({
    flags: '-q -t --quiet --track --no-track --progress --no-progress',
    valueFlags: { '-c --create': 'branchName' },
    needsOneOf: ['-c', '--create'],
    operands: ['revision'],
    afterDoubleDash: profile({}),
  }),
}

/** A profile of git with the named sub-commands. */
export function gitProfile(names: readonly string[]): CommandProfile {
  const subcommands = Object.fromEntries(
    names.flatMap((name) => (GIT_COMMANDS[name] ? [[name, GIT_COMMANDS[name]]] : [])),
  )
  return profile({
    flags: '--no-pager -P',
    soloFlags: '--version -v',
    subcommands: { ...subcommands, version: profile({}) },
  })
}
