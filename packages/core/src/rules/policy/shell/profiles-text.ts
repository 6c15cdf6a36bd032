import type { CommandProfile } from '../../../model/policy-shell.ts'
import { explained, oneOf, profile } from './profile.ts'

const WHEN_COLOUR = { '--color --colour': oneOf('always never auto') }

/** Flags by which GNU, BSD or busybox versions write, run or follow are left out. */
const BARE_TEXT_PROFILES: Readonly<Record<string, CommandProfile>> = {
  cat: profile({
    flags: `-n -A -b -s -E -T -v -e -t --number --show-nonprinting --number-nonblank --squeeze-blank --show-all --show-ends
      --show-tabs`,
    rest: 'read',
  }),
  head: profile({
    flags: '-q -v -z --quiet --verbose --zero-terminated',
    valueFlags: { '-n -c --lines --bytes': 'number' },
    countFlag: true,
    rest: 'read',
  }),
  tail: profile({
    flags: '-q -v -z --quiet --verbose --zero-terminated',
    valueFlags: { '-n -c --lines --bytes': 'number' },
    countFlag: true,
    rest: 'read',
  }),
  grep: profile({
    flags: `-r -n -i -l -L -c -v -w -x -o -E -F -P -G -h -H -q -s -I -a -b -Z -z -T -y
      --recursive --line-number --ignore-case --no-ignore-case --files-with-matches --files-without-match --count
      --invert-match --word-regexp --line-regexp --only-matching --extended-regexp --fixed-strings --perl-regexp
      --basic-regexp --no-filename --with-filename --quiet --silent --no-messages --text --byte-offset --null
      --line-buffered --initial-tab --color --colour`,
    valueFlags: {
      '-A -B -C -m --after-context --before-context --context --max-count': 'number',
      '-e --regexp': 'free',
      '-f --file': 'read',
      '--include --exclude --exclude-dir': 'searchGlob',
      '--label': 'free',
    },
    optionalFlags: { ...WHEN_COLOUR, '--binary-files': oneOf('text without-match binary') },
    countFlag: true,
    operands: ['free'],
    rest: 'read',
    operandsMin: 1,
    firstOperandFlags: ['-e', '--regexp', '-f', '--file'],
  }),
  rg: profile({
    flags: `-n -N -i -l -c -w -x -F -S -s -v -o -U -H -I -p -P -q -a
      --line-number --no-line-number --ignore-case --smart-case --case-sensitive --files-with-matches
      --files-without-match --count --count-matches --word-regexp --line-regexp --fixed-strings --invert-match
      --only-matching --multiline --multiline-dotall --no-heading --heading --json --column --vimgrep --stats --quiet
      --pretty --files --type-list --with-filename --no-filename --trim --pcre2 --text --no-config --no-messages
      --passthru --null -0 --crlf --one-file-system --mmap --debug --trace`,
    valueFlags: {
      '-A -B -C -m -M --after-context --before-context --context --max-count --max-columns --max-depth --threads -j':
        'number',
      '-e --regexp': 'free',
      '-f --file': 'read',
      '-r --replace': 'free',
      '-d --max-filesize': 'number',
      '-t -T --type --type-not -E --encoding': 'name',
      '--colors --context-separator --field-match-separator --field-context-separator': 'free',
      '-g --glob --iglob': 'searchGlob',
      '--sort --sortr': oneOf('none path modified accessed created'),
      '--color': oneOf('always never auto ansi'),
    },
    operands: ['free'],
    rest: 'read',
    firstOperandFlags: ['-e', '--regexp', '-f', '--file', '--files', '--type-list'],
  }),
  wc: profile({ flags: '-l -w -c -m -L --lines --words --bytes --chars --max-line-length', rest: 'read' }),
  sort: profile({
    flags: `-n -r -u -b -f -h -V -g -M -s -c -C -d -i -R -m -z --numeric-sort --reverse --unique --ignore-leading-blanks
      --ignore-case --human-numeric-sort --version-sort --general-numeric-sort --month-sort --stable --check
      --dictionary-order --random-sort --merge --zero-terminated`,
    valueFlags: { '-k --key -t --field-separator': 'free', '--parallel': 'number', '--sort': 'name' },
    rest: 'read',
  }),
  uniq: profile({
    flags: '-c -d -D -u -i -z --count --repeated --unique --ignore-case --zero-terminated',
    valueFlags: { '-f -s -w --skip-fields --skip-chars --check-chars': 'number' },
    // A second operand is the file it writes.
    operands: ['read'],
  }),
  cut: profile({
    flags: '-s -z --only-delimited --complement --zero-terminated',
    valueFlags: { '-d -f -c -b --delimiter --fields --characters --bytes --output-delimiter': 'free' },
    rest: 'read',
  }),
  tr: profile({
    flags: '-d -s -c -C -t --delete --squeeze-repeats --complement --truncate-set1',
    operands: ['free', 'free'],
    operandsMin: 1,
  }),
  rev: profile({ rest: 'read' }),
  tac: profile({ flags: '-b -r --before --regex', valueFlags: { '-s --separator': 'free' }, rest: 'read' }),
  nl: profile({
    flags: '-p --no-renumber',
    valueFlags: {
      '-b -f -h -n -s -d --body-numbering --number-format --number-separator': 'free',
      '-v -i -w -l --starting-line-number --line-increment --number-width': 'number',
    },
    rest: 'read',
  }),
  paste: profile({ flags: '-s -z --serial', valueFlags: { '-d --delimiters': 'free' }, rest: 'read' }),
  column: profile({
    flags: '-t -x -n -e --table --fillrows --table-noheadings',
    valueFlags: {
      '-s -o -N -R -H --separator --output-separator --table-columns': 'free',
      '-c --output-width': 'number',
    },
    rest: 'read',
  }),
  comm: profile({
    flags: '-1 -2 -3 -i -z --check-order --nocheck-order --total',
    operands: ['read', 'read'],
    operandsMin: 2,
  }),
  cmp: profile({
    flags: '-s -l -b --silent --quiet --verbose --print-bytes',
    valueFlags: { '-n --bytes': 'number' },
    operands: ['read', 'read'],
    operandsMin: 2,
  }),
  diff: profile({
    flags: `-u -c -q -s -w -b -B -i -y -N -e -n -a -t -d -p -r --recursive --brief --report-identical-files --ignore-all-space
      --ignore-space-change --ignore-blank-lines --ignore-case --side-by-side --new-file --unified --context --text
      --minimal --suppress-common-lines --strip-trailing-cr --normal --no-dereference`,
    valueFlags: { '-U -C -W --width': 'number', '-I --ignore-matching-lines --label -L -x --exclude': 'free' },
    optionalFlags: { ...WHEN_COLOUR, '--unified --context': 'number' },
    operands: ['read', 'read'],
    operandsMin: 2,
  }),
  md5sum: profile({ flags: '-b -t -z --tag --binary --text --zero', rest: 'read' }),
  sha256sum: profile({ flags: '-b -t -z --tag --binary --text --zero', rest: 'read' }),
  jq: profile({
    flags: `-r -c -S -s -n -e -M -C -j -a -R --raw-output --compact-output --sort-keys --slurp --null-input
      --exit-status --monochrome-output --color-output --join-output --ascii-output --raw-input --tab`,
    valueFlags: { '--indent': 'number' },
    pairFlags: { '--arg --argjson': 'free', '--slurpfile --rawfile': 'read' },
    soloFlags: '--version -V',
    operands: ['jqFilter'],
    rest: 'read',
    operandsMin: 1,
  }),
  sed: profile({
    flags: '-n -E -r -s -u -z --quiet --silent --regexp-extended --separate --unbuffered --null-data --posix --sandbox',
    valueFlags: { '-e --expression': 'sedScript' },
    operands: ['sedScript'],
    rest: 'read',
    operandsMin: 1,
    firstOperandFlags: ['-e', '--expression'],
  }),
  awk: profile({
    valueFlags: { '-F -v --field-separator --assign': 'free' },
    soloFlags: '--version',
    operands: ['awkProgram'],
    rest: 'read',
    operandsMin: 1,
  }),
}

/** Commands that read text and print text. */
export const TEXT_PROFILES = explained(BARE_TEXT_PROFILES)
