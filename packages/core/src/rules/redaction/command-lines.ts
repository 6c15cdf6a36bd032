import type { Detector } from './secret-match.ts'
import { isStandIn } from './values.ts'

interface SecretArgument {
  /** The last group that took part is the secret; it ends where the match ends. */
  readonly pattern: RegExp
  /** A text without this word cannot match, which spares looking. */
  readonly word: RegExp
}

const GAP = '[^\\n|;&]{0,300}?[ \\t]'
const VALUE = `(?:'([^']{1,512})|\\\\{0,4}"([^"\\\\]{1,512})|([^\\s"'\`\\\\]{1,512}))`

function argument(programs: string, option: string, value = VALUE): SecretArgument {
  return { pattern: new RegExp(`\\b(?:${programs})\\b${GAP}${option}${value}`, 'g'), word: new RegExp(programs) }
}

/** `user:password` or `user%password` in one argument. */
function pairArgument(programs: string, option: string, separator: string): SecretArgument {
  const user = `\\\\{0,4}["']?[^\\s"'${separator}]{0,128}${separator}`
  return argument(programs, `${option}[ =]?${user}`, `([^\\s"'\`\\\\]{1,512})`)
}

/** Options without a telling name that take a password. */
const SECRET_ARGUMENTS: readonly SecretArgument[] = [
  argument('mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh|mariadb|mariadb-dump|mycli|7za?|7zr', '-p'),
  argument('sshpass', '-p[ \\t]?'),
  argument('(?:docker|podman|nerdctl|oc|az|helm registry|buildah|skopeo|crane) login', '-p[ \\t]{1,4}'),
  argument('mongo|mongosh|mongodump|mongorestore|twine', '-p[ \\t]{1,4}'),
  argument('redis-cli|redis-benchmark', '-a[ \\t]{0,4}'),
  argument('ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami', '-w[ \\t]{0,4}'),
  argument('sqlcmd|zip|unzip|plink|pscp', '-P[ \\t]{0,4}'),
  pairArgument('curl|wget|xh|lftp|https?(?=[ \\t])', '(?:-u|-U|-a|--auth|--user|--proxy-user)', ':'),
  pairArgument('smbclient|rpcclient', '(?:-U|--user)', '%'),
  argument('openssl', '(?:-passin|-passout|-pass)[ \\t]{1,4}pass:'),
  argument('openssl enc', '-k[ \\t]{1,4}'),
  argument('htpasswd', '-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}[ \\t]{1,4}\\S{1,256}[ \\t]{1,4}\\S{1,128}[ \\t]{1,4}'),
  {
    pattern:
      /\b(?:echo|printf)[ \t]{1,4}["']?[\w.-]{1,64}:([^\s"'`|]{1,512})(?=["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,4})?chpasswd)/g,
    word: /chpasswd/,
  },
  {
    pattern: /\b(?:echo|printf)[ \t]{1,4}["']?([^\s"'`|]{1,512})(?=["']?[ \t]{0,4}\|[ \t]{0,4}sudo[ \t]{1,4}-S)/g,
    word: /sudo/,
  },
  {
    pattern:
      /\bidentified[ \t]{1,8}(?:with[ \t]{1,8}\S{1,64}[ \t]{1,8})?by[ \t]{1,8}(?:password[ \t]{1,8})?["'`]([^\s"'`]{1,512})/gi,
    word: /identified/i,
  },
  { pattern: /\b(?:requirepass|masterauth)[ \t]{1,8}["']?([^\s"'`]{1,512})/g, word: /requirepass|masterauth/ },
  {
    pattern: /\bsudo[ \t]{1,4}(?:-\w{1,8}[ \t]{1,4}){0,4}-S\b[^\n|;&]{0,200}<<<[ \t]{0,4}["']?([^\s"'`]{1,512})/g,
    word: /<<</,
  },
  { pattern: /\bssh-keygen\b[^\n|;&]{0,300}?[ \t]-[NP][ \t]{1,4}["']?([^\s"'`]{1,512})/g, word: /ssh-keygen/ },
  {
    pattern: /(?<![\w:])[\w.*-]{1,253}:(?:54\d\d|6543|\*):[^\s:]{1,64}:[^\s:]{1,64}:([^\s:]{3,256})/g,
    word: /:(?:54\d\d|6543|\*):/,
  },
  {
    pattern: /\blogin[ \t\r\n]{1,8}\S{1,128}[ \t\r\n]{1,8}password[ \t\r\n]{1,8}([^\s"'`]{1,512})/g,
    word: /\blogin\s/,
  },
  { pattern: /\b[\w.-]{1,64}:([^\s@"'`:/]{3,256})(?=@(?:tcp|unix)\()/g, word: /@(?:tcp|unix)\(/ },
  { pattern: /\bsqlplus[ \t]{1,4}(?:-\w{1,4}[ \t]{1,4})?["']?[\w$]{1,64}\/([^\s@"'`]{1,256})/g, word: /sqlplus/ },
]

/** Finds passwords in command lines and statements where no name says that they are some. */
export const findCommandSecrets: Detector = (text, report) => {
  for (const { pattern, word } of SECRET_ARGUMENTS) {
    if (!word.test(text)) continue
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const secret = match.slice(1).find((group) => group !== undefined) ?? ''
      if (!isStandIn(secret) && !secret.startsWith('-'))
        report('password', pattern.lastIndex - secret.length, pattern.lastIndex)
    }
  }
}
