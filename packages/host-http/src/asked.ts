import type { CorsOptions } from './cors.ts'
import type { Rates } from './rates/rates.ts'

/** Where a request came from, as far as whoever serves it knows. */
export interface Origin {
  /** The address of the caller; proxies that are trusted have been looked behind. */
  readonly address?: string
  /** Whether the caller speaks TLS with a trusted proxy in front, where the request itself came without. */
  readonly isSecure?: boolean
}

/** What a request is looked at by. */
export interface Asked {
  readonly request: Request
  readonly url: URL
  readonly origin: Origin
  readonly rates: Rates
  readonly cors: CorsOptions | undefined
}
