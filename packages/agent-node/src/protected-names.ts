import { isInside } from './real-path.ts'

/** Names of files and folders that hold secrets or steer programs, as globs of one name. Matched without regard to case. */
const PROTECTED: readonly RegExp[] = [
  /^\.env/i,
  /^\.(?:ssh|aws|gnupg|kube|docker|git)$/i,
  /\.(?:pem|key|p12|pfx|jks|keystore|tfstate)$/i,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/i,
  /^[._]netrc$/i,
  /^\.(?:npmrc|pypirc|pgpass|git-credentials)$/i,
  /^(?:secrets|credentials|credentials\.json|service-account.*\.json)$/i,
]

/**
 * Whether a pattern such as `*` must not expand to a path. A plan carries no file rules, so this is the fixed part of
 * them; a file whose name was written out has been judged by the policy and is not affected.
 */
export function isProtected(root: string, path: string): boolean {
  const names = (isInside(root, path) ? path.slice(root.length) : path).split('/')
  return names.some((name) => PROTECTED.some((pattern) => pattern.test(name)))
}
