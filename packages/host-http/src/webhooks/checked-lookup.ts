import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { webhookTargetProblem } from '@mission-control/core'

/** Finds the addresses of a name; all of them. */
export type ResolveName = (name: string) => Promise<readonly { readonly address: string; readonly family: 4 | 6 }[]>

/** A message that must not be sent where it was meant to go. */
class ForbiddenTarget extends Error {
  constructor(reason: string) {
    super(`the address is refused: ${reason}`)
    this.name = 'ForbiddenTarget'
  }
}

/** Asks the resolver of this machine. */
export const resolveName: ResolveName = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true, verbatim: true }, (error, found: LookupAddress[]) => {
      if (error !== null) reject(error)
      else resolve(found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })))
    })
  })

/**
 * The look-up that a connection to this URL uses. The connection goes to an address that was checked a moment ago in
 * this very look-up: there is no second one, between which and the check a name could move.
 */
export function checkedLookup(url: string, resolve: ResolveName, allowsPrivate: boolean): LookupFunction {
  return (name, options, done) => {
    resolve(name).then(
      (found) => {
        const addresses = found.map(({ address }) => address)
        const problem = webhookTargetProblem(url, { addresses, allowsPrivate })
        const [first] = found
        if (problem !== null) done(new ForbiddenTarget(problem), [])
        else if (first === undefined) done(new ForbiddenTarget('the name has no address'), [])
        else if (options.all === true) done(null, [...found])
        else done(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    )
  }
}
