import type { AnyRecord, Filter, FilterValue } from '@mission-control/core/storage'
import { pathOf, valueAt } from './field-path.ts'
import { compareValues } from './ordering.ts'

export type Fits = (record: AnyRecord) => boolean

/** Whether a record meets every condition. */
export function fitsAll(filters: readonly Filter[]): Fits {
  const conditions = filters.map(fitsOne)
  return (record) => conditions.every((fits) => fits(record))
}

function fitsOne(filter: Filter): Fits {
  const path = pathOf(filter.field)
  const at = (record: AnyRecord) => valueAt(record, path) as FilterValue
  switch (filter.op) {
    case 'eq':
      return (record) => at(record) === filter.value
    case 'ne':
      return (record) => at(record) !== filter.value
    case 'in':
      return (record) => filter.value.includes(at(record))
    case 'contains':
      return (record) => {
        const list: unknown = at(record)
        return Array.isArray(list) && list.includes(filter.value)
      }
    case 'lt':
      return (record) => isComparable(at(record), filter.value) && compareValues(at(record), filter.value) < 0
    case 'lte':
      return (record) => isComparable(at(record), filter.value) && compareValues(at(record), filter.value) <= 0
    case 'gt':
      return (record) => isComparable(at(record), filter.value) && compareValues(at(record), filter.value) > 0
    case 'gte':
      return (record) => isComparable(at(record), filter.value) && compareValues(at(record), filter.value) >= 0
  }
}

/** Nothing is before or after an empty field. */
function isComparable(value: FilterValue, other: FilterValue): boolean {
  return value !== null && other !== null
}
