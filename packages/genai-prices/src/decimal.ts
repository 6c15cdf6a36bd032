const MICRO_PLACES = 6

/**
 * A listed USD price as a whole number of micro-USD, rounded up. It is read from its decimal text, digit by digit,
 * so that 0.1 is 100000 and not what a multiplication makes of it.
 */
export function microsOfListed(usd: number): number {
  const [whole = '0', fraction = ''] = usd.toFixed(MICRO_PLACES * 2).split('.')
  const micros = Number(`${whole}${fraction.slice(0, MICRO_PLACES)}`)
  return /[1-9]/.test(fraction.slice(MICRO_PLACES)) ? micros + 1 : micros
}
