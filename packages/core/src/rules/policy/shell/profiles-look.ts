import type { CommandProfile } from '../../../model/policy-shell.ts'
import { explained, oneOf, profile } from './profile.ts'

const WORDS = profile({ expression: 'words' })

const BARE_LOOK_PROFILES: Readonly<Record<string, CommandProfile>> = {
  ls: profile({
    flags: `-l -a -A -h -R -1 -t -r -S -X -d -F -p -i -s -n -g -o -G -m -x -C -k -q -Q -b -B -c -u -U -v -f -N -Z --all
      --almost-all --human-readable --recursive --reverse --directory --inode --size --classify --file-type
      --group-directories-first --full-time --no-group --numeric-uid-gid --ignore-backups --si --author --zero`,
    // The short ones take no value on some systems, where the word behind them is a file; a name is harmless as both.
    valueFlags: { '--ignore --hide --block-size': 'free', '-I -w -T': 'name', '--width': 'number' },
    optionalFlags: {
      '--color': oneOf('always never auto'),
      '--sort': oneOf('none size time version extension width name'),
      '--time': oneOf('atime access use ctime status birth creation mtime modification'),
      '--time-style': 'free',
      '--format': oneOf('across commas horizontal long single-column verbose vertical'),
      '--quoting-style': oneOf('literal shell shell-always shell-escape c escape locale'),
      '--indicator-style': oneOf('none slash file-type classify'),
    },
    rest: 'list',
  }),
  pwd: profile({ flags: '-P -L' }),
  cd: profile({ operands: ['directory'], operandsMin: 1 }),
  du: profile({
    flags: '-s -h -a -c -k -m -b -x -S -0 --summarize --human-readable --all --total --apparent-size --si --bytes',
    valueFlags: { '-d --max-depth -t --threshold': 'number', '--exclude': 'free' },
    optionalFlags: { '--time': oneOf('atime access use ctime status') },
    rest: 'list',
  }),
  stat: profile({
    flags: '-f -t --file-system --terse -x -s -l',
    valueFlags: { '-c --format --printf': 'free' },
    rest: 'list',
    operandsMin: 1,
  }),
  file: profile({
    flags: '-b -i -I -k -N -0 -h --brief --mime --mime-type --mime-encoding --keep-going --no-dereference --extension',
    rest: 'read',
    operandsMin: 1,
  }),
  tree: profile({
    flags: `-a -d -f -i -s -h -p -u -g -D -F -n -C -J -X -Q -N -q -t -c -r -v -A --dirsfirst --filesfirst --noreport
      --prune --du --gitignore --inodes`,
    valueFlags: {
      '-L --filelimit': 'number',
      '-I -P --charset': 'free',
      '--sort': oneOf('name version size mtime ctime none'),
    },
    rest: 'list',
  }),
  find: profile({ expression: 'find' }),
  realpath: profile({
    flags: '-e -m -q -s -z -L -P --canonicalize-existing --canonicalize-missing --no-symlinks --quiet --zero',
    valueFlags: { '--relative-to --relative-base': 'list' },
    rest: 'list',
    operandsMin: 1,
  }),
  readlink: profile({
    flags: '-f -e -m -n -q -s -v -z --canonicalize --canonicalize-existing --canonicalize-missing --no-newline',
    rest: 'list',
    operandsMin: 1,
  }),
  dirname: profile({ flags: '-z --zero', rest: 'free', operandsMin: 1 }),
  basename: profile({
    flags: '-a -z --multiple --zero',
    valueFlags: { '-s --suffix': 'free' },
    rest: 'free',
    operandsMin: 1,
  }),
  which: profile({ flags: '-a --all', rest: 'name', operandsMin: 1 }),
  date: profile({
    flags: '-u -R --utc --universal --rfc-email',
    valueFlags: { '-d --date': 'free', '-r --reference': 'list' },
    optionalFlags: { '-I --iso-8601': oneOf('date hours minutes seconds ns'), '--rfc-3339': oneOf('date seconds ns') },
    // Without the plus sign it would set the clock.
    operands: ['timeFormat'],
  }),
  uname: profile({
    flags: `-a -s -n -r -v -m -p -i -o --all --kernel-name --nodename --kernel-release --kernel-version --machine
      --processor --hardware-platform --operating-system`,
  }),
  whoami: profile({}),
  id: profile({ flags: '-u -g -G -n -r -z --user --group --groups --name --real --zero', rest: 'name' }),
  true: profile({}),
  false: profile({}),
  echo: WORDS,
  printf: profile({ operands: ['free'], rest: 'free', operandsMin: 1 }),
  expr: WORDS,
  seq: profile({
    flags: '-w --equal-width',
    valueFlags: { '-s --separator -f --format': 'free' },
    countFlag: true,
    operands: ['number', 'number', 'number'],
  }),
  test: profile({ expression: 'test' }),
  '[': profile({ expression: 'test' }),
}

/** Commands that look at names, sizes, dates and the machine, or only compute. */
export const LOOK_PROFILES = explained(BARE_LOOK_PROFILES)
