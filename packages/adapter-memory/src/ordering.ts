import type { FilterValue } from '@mission-control/core/storage'

/**
 * Compares by code point, as a database in the C collation does. JavaScript compares UTF-16 units, in which
 * an emoji comes before U+E000.
 */
export function compareText(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length)
  for (let at = 0; at < shorter; at++) {
    const difference = rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** Puts the surrogates, which stand for everything above U+FFFF, behind all other units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Null first, then by value. A field holds one type only, so other types never meet. */
export function compareValues(one: FilterValue, other: FilterValue): number {
  if (one === other) return 0
  if (one === null) return -1
  if (other === null) return 1
  if (typeof one === 'string' && typeof other === 'string') return compareText(one, other)
  return Number(one) - Number(other)
}
