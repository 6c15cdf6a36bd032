import type { Detector } from './secret-match.ts'
import { mayHold, type Pieces, pieces, type Signs, signs } from './text-marks.ts'
import { isStandIn } from './values.ts'

interface SecretArgument {
  /** The last group that took part is the secret; it ends where the match ends. */
  readonly pattern: RegExp
  /** A text without this word cannot match, which spares looking. */
  readonly word: RegExp
  /** Nor can one without the characters of one of these. */
  readonly needs: Signs
}

const GAP = '[^\\n|;&]{0,300}?[ \\t]'
const VALUE = `(?:'([^']{1,512})|\\\\{0,4}"([^"\\\\]{1,512})|([^\\s"'\`\\\\]{1,512}))`

function argument(programs: string, needs: Signs, option: string, value = VALUE): SecretArgument {
  const pattern = new RegExp(`\\b(?:${programs})\\b${GAP}${option}${value}`, 'g')
  return { pattern, word: new RegExp(programs), needs }
}

/** `user:password` or `user%password` in one argument. */
function pairArgument(programs: string, needs: Signs, option: string, separator: string): SecretArgument {
  const user = `\\\\{0,4}["']?[^\\s"'${separator}]{0,128}${separator}`
  return argument(programs, needs, `${option}[ =]?${user}`, `([^\\s"'\`\\\\]{1,512})`)
}

/** Options without a telling name that take a password. */
const SECRET_ARGUMENTS: readonly SecretArgument[] = [
  argument(
    'mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh|mariadb|mariadb-dump|mycli|7za?|7zr',
    signs('mysql-p', 'mariadb-p', 'mycli-p', '7z-p'),
    '-p',
  ),
  argument('sshpass', signs('sshpass-p'), '-p[ \\t]?'),
  argument(
    '(?:docker|podman|nerdctl|oc|az|helm registry|buildah|skopeo|crane) login',
    signs('login-p'),
    '-p[ \\t]{1,4}',
  ),
  argument('mongo|mongosh|mongodump|mongorestore|twine', signs('mongo-p', 'twine-p'), '-p[ \\t]{1,4}'),
  argument('redis-cli|redis-benchmark', signs('redis--a'), '-a[ \\t]{0,4}'),
  argument('ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami', signs('ldap-w'), '-w[ \\t]{0,4}'),
  argument('sqlcmd|zip|unzip|plink|pscp', signs('sqlcmd-P', 'zip-P', 'plink-P', 'pscp-P'), '-P[ \\t]{0,4}'),
  pairArgument(
    'curl|wget|xh|lftp|https?(?=[ \\t])',
    signs('curl-:', 'wget-:', 'xh-:', 'lftp-:', 'http-:'),
    '(?:-u|-U|-a|--auth|--user|--proxy-user)',
    ':',
  ),
  pairArgument('smbclient|rpcclient', signs('smbclient-%', 'rpcclient-%'), '(?:-U|--user)', '%'),
  argument('openssl', signs('openssl-pass:'), '(?:-passin|-passout|-pass)[ \\t]{1,4}pass:'),
  argument('openssl enc', signs('opensslenc-k'), '-k[ \\t]{1,4}'),
  argument(
    'htpasswd',
    signs('htpasswd-b'),
    '-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}[ \\t]{1,4}\\S{1,256}[ \\t]{1,4}\\S{1,128}[ \\t]{1,4}',
  ),
  {
    pattern:
      /\b(?:echo|printf)[ \t]{1,4}["']?[\w.-]{1,64}:([^\s"'`|]{1,512})(?=["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,4})?chpasswd)/g,
    word: /chpasswd/,
    needs: signs('chpasswd:|'),
  },
  {
    pattern: /\b(?:echo|printf)[ \t]{1,4}["']?([^\s"'`|]{1,512})(?=["']?[ \t]{0,4}\|[ \t]{0,4}sudo[ \t]{1,4}-S)/g,
    word: /sudo/,
    needs: signs('sudo|-S'),
  },
  {
    pattern:
      /\bidentified[ \t]{1,8}(?:with[ \t]{1,8}\S{1,64}[ \t]{1,8})?by[ \t]{1,8}(?:password[ \t]{1,8})?["'`]([^\s"'`]{1,512})/gi,
    word: /identified/i,
    needs: signs('identifiedby'),
  },
  {
    pattern: /\b(?:requirepass|masterauth)[ \t]{1,8}["']?([^\s"'`]{1,512})/g,
    word: /requirepass|masterauth/,
    needs: signs('requirepass', 'masterauth'),
  },
  {
    pattern: /\bsudo[ \t]{1,4}(?:-\w{1,8}[ \t]{1,4}){0,4}-S\b[^\n|;&]{0,200}<<<[ \t]{0,4}["']?([^\s"'`]{1,512})/g,
    word: /<<</,
    needs: signs('sudo-S<'),
  },
  {
    pattern: /\bssh-keygen\b[^\n|;&]{0,300}?[ \t]-[NP][ \t]{1,4}["']?([^\s"'`]{1,512})/g,
    word: /ssh-keygen/,
    needs: signs('ssh-keygen'),
  },
  {
    pattern: /(?<![\w:])[\w.*-]{1,253}:(?:54\d\d|6543|\*):[^\s:]{1,64}:[^\s:]{1,64}:([^\s:]{3,256})/g,
    word: /:(?:54\d\d|6543|\*):/,
    needs: signs(':54', ':6543', ':*'),
  },
  {
    pattern: /\blogin[ \t\r\n]{1,8}\S{1,128}[ \t\r\n]{1,8}password[ \t\r\n]{1,8}([^\s"'`]{1,512})/g,
    word: /\blogin\s/,
    needs: signs('loginpassword'),
  },
  {
    pattern: /\b[\w.-]{1,64}:([^\s@"'`:/]{3,256})(?=@(?:tcp|unix)\()/g,
    word: /@(?:tcp|unix)\(/,
    needs: signs('@tcp(:', '@unix(:'),
  },
  {
    pattern: /\bsqlplus[ \t]{1,4}(?:-\w{1,4}[ \t]{1,4})?["']?[\w$]{1,64}\/([^\s@"'`]{1,256})/g,
    word: /sqlplus/,
    needs: signs('sqlplus/'),
  },
]

/** What each of the words begins with; of `http` and `https` the end, since as programs they are words of their own. */
export const COMMAND_PIECES: Pieces = pieces(
  ...['tp ', 'tp\t', 'ps ', 'ps\t'],
  ...['mysql', 'mariadb', 'mycli', '7z', 'sshpass', 'login', 'mongo', 'twine', 'redis', 'ldap', 'sqlcmd', 'zip'],
  ...['unzip', 'plink', 'pscp', 'curl', 'wget', 'xh', 'lftp', 'smbclient', 'rpcclient', 'openssl', 'htpasswd'],
  ...['chpasswd', 'sudo', 'identified', 'requirepass', 'masterauth', '<<<', 'ssh-keygen', ':54', ':65', ':*'],
  ...['@tcp', '@unix', 'sqlplus'],
)

/** Finds passwords in command lines and statements where no name says that they are some. */
export const findCommandSecrets: Detector = (text, report, marks) => {
  for (const { pattern, word, needs } of SECRET_ARGUMENTS) {
    if (!mayHold(marks, needs) || !word.test(text)) continue
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const secret = match.slice(1).find((group) => group !== undefined) ?? ''
      if (!isStandIn(secret) && !secret.startsWith('-'))
        report('password', pattern.lastIndex - secret.length, pattern.lastIndex)
    }
  }
}
