import { isPassword, isScrambled } from './named-values.ts'
import { readValue } from './quoting.ts'
import type { Detector } from './secret-match.ts'
import { isRandom, isReference, isStandIn } from './values.ts'

/** Names in capitals whose long values are known not to be secret. */
const OPEN_NAME =
  /(?:^|_)(?:ID|SHA\d*|HASH|DIGEST|CHECKSUM|SUM|COMMIT|REF|REV|INTEGRITY|ETAG|NONCE|PUBLIC|CERT|CERTIFICATE|CA|IMAGE|VERSION|TAG|URL|URI|PATH|FILE|DIR|CURSOR|TRACE|LS_COLORS)(?:_|$)/
const CAPITALS = /(?<![A-Za-z0-9_])([A-Z][A-Z0-9_]{2,60})=/g

/** Finds random values of environment variables, whatever the variable is called. */
export const findRandomVariables: Detector = (text, report) => {
  CAPITALS.lastIndex = 0
  for (let match = CAPITALS.exec(text); match !== null; match = CAPITALS.exec(text)) {
    const value = OPEN_NAME.test(match[1] ?? '') ? null : readValue(text, CAPITALS.lastIndex)
    if (value === null) continue
    const judged = text.slice(value.start, value.end)
    if (isReference(judged) || !isRandom(judged, 32, 4)) {
      if (!value.isQuoted) CAPITALS.lastIndex = value.end
      continue
    }
    const end = value.findEnd()
    report('random', value.start, end)
    CAPITALS.lastIndex = end
  }
}

/** Words for "password" in other languages. */
const FOREIGN_LABEL =
  /(?:парол[ьяюе]|contrase(?:ñ|n)a|senha|kennwort|mot de passe|hasło|wachtwoord|lösenord|şifre|密码|密碼|口令|パスワード|비밀번호)["']?[ \t]{0,8}(?:[:=：＝]|=>)[ \t]{0,8}/giu

/** Finds passwords behind words of other languages. */
export const findForeignPasswords: Detector = (text, report) => {
  FOREIGN_LABEL.lastIndex = 0
  for (let match = FOREIGN_LABEL.exec(text); match !== null; match = FOREIGN_LABEL.exec(text)) {
    const value = readValue(text, FOREIGN_LABEL.lastIndex)
    if (value === null) continue
    const judged = text.slice(value.start, value.end)
    if (!isStandIn(judged) && !isReference(judged) && isPassword(text, value, judged, 'password', 'prose')) {
      report('password', value.start, value.findEnd())
    }
  }
}

const BARE_LOGIN = /(?<![\w/:.@-])([A-Za-z][\w.-]{0,63}):([^\s:@/"'`<>]{8,128})@(?=([A-Za-z][\w-]{0,63}))/g
/** `npm:name@version`, `image:tag@sha256:…`. */
const PACKAGE_SCHEME = /^(?:npm|jsr|workspace|file|link|catalog|patch|github|gitlab|docker|pkg|node|python)$/i
const PACKAGE_VERSION = /^(?:sha\d{3}|latest|next|beta|alpha|canary)$/i

/** Finds `user:password@host` without a scheme. */
export const findBareLogins: Detector = (text, report) => {
  if (!text.includes('@')) return
  BARE_LOGIN.lastIndex = 0
  for (let match = BARE_LOGIN.exec(text); match !== null; match = BARE_LOGIN.exec(text)) {
    const [, user = '', password = '', host = ''] = match
    if (PACKAGE_SCHEME.test(user) || PACKAGE_VERSION.test(host) || !isScrambled(password)) continue
    report('password', BARE_LOGIN.lastIndex - password.length - 1, BARE_LOGIN.lastIndex - 1)
  }
}
