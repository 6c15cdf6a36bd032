import { eventSchema, KINDS, type Kind, RECORDS, type RecordOf } from '@mission-control/core/storage'
import { expect, test } from 'vitest'
import { eventDraft, FIXTURES } from '../../src/conformance/fixtures.ts'

test.each(KINDS)('the fixture of %s has the shape of its kind, and nothing is filled in for it', (kind: Kind) => {
  const record = FIXTURES[kind]() as RecordOf<Kind>
  expect(RECORDS[kind].parse(record)).toEqual(record)
  expect(FIXTURES[kind]().id).not.toBe(record.id)
})

test('the fixture of an event has its shape', () => {
  const event = eventDraft()
  expect(eventSchema.parse(event)).toEqual(event)
})
