/** Checks the one-time codes of people. Their secrets stay with the host; the core only remembers which code was used last. */
export interface OneTimeCodes {
  /**
   * The number of this code, higher for each later one of the same person; null where it is wrong, or the person has none.
   * `now` is the store's clock, epoch ms.
   */
  verify(principalId: string, code: string, now: number): Promise<number | null>
}

/** The usual parameters of authenticator apps (RFC 6238). */
const STEP_MS = 30_000
const DIGITS = 6
/** Clocks of telephones are off by so many steps. */
const DRIFT_STEPS = 1
/** Wrong codes of one person within one step; after that none is right until the next. */
const WRONG_MAX = 5
/** People whose wrong codes are remembered. */
const REMEMBERED_MAX = 10_000

/** Time-based codes as authenticator apps show them. `secretOf` gives the shared secret of a person, null without one. */
export function totpCodes(options: {
  readonly secretOf: (principalId: string) => Promise<Uint8Array<ArrayBuffer> | null>
}): OneTimeCodes {
  const wrong = new Map<string, { readonly step: number; readonly count: number }>()

  function remember(principalId: string, step: number): void {
    const known = wrong.get(principalId)
    wrong.delete(principalId)
    wrong.set(principalId, { step, count: known?.step === step ? known.count + 1 : 1 })
    const [oldest] = wrong.keys()
    if (wrong.size > REMEMBERED_MAX && oldest !== undefined) wrong.delete(oldest)
  }

  return {
    verify: async (principalId, code, now) => {
      const step = Math.floor(now / STEP_MS)
      const tries = wrong.get(principalId)
      if (tries?.step === step && tries.count >= WRONG_MAX) return null
      const secret = await options.secretOf(principalId)
      if (secret === null) return null
      const found = await stepOf(secret, code, step)
      if (found === null) remember(principalId, step)
      return found
    },
  }
}

/** The step whose code this is; all near ones are computed, whichever fits. */
async function stepOf(secret: Uint8Array<ArrayBuffer>, code: string, now: number): Promise<number | null> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
  let found: number | null = null
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step++) {
    if ((await codeOf(key, step)) === code) found = step
  }
  return found
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

async function codeOf(key: Key, step: number): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(step))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  const offset = mac.getUint8(mac.byteLength - 1) & 0x0f
  const number = (mac.getUint32(offset) & 0x7fff_ffff) % 10 ** DIGITS
  return String(number).padStart(DIGITS, '0')
}
