import fc from 'fast-check'
import { expect, test } from 'vitest'
import { detectMarked, detectSecrets, mayHoldSecret } from './text.ts'
import { ANY_MARKS, fieldText, marksOfField, openingOf } from './text-marks.ts'

// A detector may be left out only where it finds nothing. The texts are made of what the detectors look for.

const value = fc.constantFrom(
  ...[
    'hunter2x9',
    'pa55w0rd1',
    'Zx9Yw8Vu7Ts6Rq5P',
    'abcdefghijklmnopqrstuvwxyz0123456789AB',
    'x',
    '{}',
    '$X',
    'dXNlcjpwYXNz',
  ],
  ...[
    'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6',
    '0123456789',
    'eyJhbGciOi.eyJzdWIiOi.abc',
    'MTIzNDU2Nzg5MDEyMzQ1Njc4.abcdef.A1b2C3',
  ],
)
const label = fc.constantFrom(
  ...[
    'password',
    'API_KEY',
    'token',
    'secret',
    'psk',
    'otp',
    'sid',
    'sessionid',
    'passphrase',
    'mnemonic',
    'jwt',
    'db_pw',
  ],
  ...['senha', 'kennwort', 'mot de passe', 'пароль', 'wachtwoord', 'contrasena', 'contraseña', 'paſs', 'toKen'],
  ...[
    'Authorization',
    'Bearer',
    'Basic',
    'Cookie',
    'Set-Cookie',
    '-b',
    '--cookie',
    'FOO',
    '?sig',
    '&code',
    'X-Amz-Signature',
  ],
)
const command = fc.constantFrom(
  ...[
    'mysql -u a -p',
    'mariadb -p',
    'mycli -p',
    '7z x -p',
    'sshpass -p ',
    'docker login -p ',
    'mongo -p ',
    'twine -p ',
  ],
  ...[
    'redis-cli -a ',
    'ldapsearch -w ',
    'sqlcmd -P ',
    'zip -P ',
    'plink -P ',
    'pscp\t-P ',
    'curl -u a:',
    'wget --user=a:',
  ],
  ...['xh -a a:', 'lftp -u a:', 'http -a a:', 'smbclient -U a%', 'rpcclient --user=a%', 'openssl rsa -passin pass:'],
  ...['openssl enc -k ', 'htpasswd -b f u ', 'echo u:', 'echo ', 'identified\tby "', 'requirepass ', 'masterauth\t'],
  ...['sudo -S x <<< ', 'ssh-keygen -N ', 'h:5432:d:u:', 'h:*:d:u:', 'login u password ', 'u:', 'sqlplus u/'],
)
const rest = fc.constantFrom(
  ...[
    '://',
    'https://u:',
    '@host',
    '@tcp(',
    ' | chpasswd',
    ' | sudo -S ls',
    '=',
    ': ',
    ' ',
    '\t',
    '\n',
    '"',
    "'",
    ' is ',
    '","',
  ],
  ...[
    'hooks.slack.com/services/',
    'maker.ifttt.com/use/',
    'discord.com/api/webhooks/',
    'é',
    'ｅ',
    '-----BEGIN PRIVATE KEY-----',
  ],
  ...[
    'Private-Lines: 1 ',
    '"kty":"x","d":"',
    'ghp_',
    'sk-ant-',
    'AKIA',
    'xoxb-',
    '12345678:AA',
    '-us12',
    '1Q~',
    '.atlasv1.',
  ],
  ...['acme_secret_', 'prod:acme|', '&sig=', ';', ',', '\\n', '%3D'],
)
const text = fc
  .array(fc.oneof(value, label, command, rest, fc.constantFrom(': ', '=', ' ')), { maxLength: 8 })
  .map((pieces) => pieces.join(''))

test('leaving out what cannot find anything finds the same', () => {
  fc.assert(
    fc.property(text, fc.boolean(), (made, isUpper) => {
      const written = isUpper ? made.toUpperCase() : made
      expect(detectSecrets(written)).toEqual(detectMarked(written, ANY_MARKS))
    }),
    { numRuns: 20_000 },
  )
})

const pairs = fc
  .tuple(fc.oneof(command, label), fc.oneof(rest, fc.constant('')), value, rest)
  .map((parts) => parts.join(''))

test('the same for one secret alone', () => {
  fc.assert(
    fc.property(pairs, (written) => {
      expect(detectSecrets(written)).toEqual(detectMarked(written, ANY_MARKS))
    }),
    { numRuns: 20_000 },
  )
})

test('a text in a field is searched as the JSON of the field is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('command', 'url', 'token', 'pässword', 'a"b'),
      fc.oneof(text, pairs),
      (field, written) => {
        const opening = openingOf(field)
        const marks = marksOfField(opening, written)
        if (marks === null) return
        const json = JSON.stringify({ [field]: written })
        expect(fieldText(opening, written)).toBe(json)
        expect(mayHoldSecret(marks) ? detectMarked(json, marks) : []).toEqual(detectMarked(json, ANY_MARKS))
      },
    ),
    { numRuns: 20_000 },
  )
})
