import { expect, test } from 'vitest'
import { SseReader } from './sse-reader.ts'

const stream = 'retry: 20\nid: 7\n\nid: 8\nevent: task.created\ndata: {"a":1}\n\n: ping\n\ndata:x\ndata: y\nid: 9\n\n'

function readInPieces(text: string, size: number) {
  const reader = new SseReader()
  const messages = []
  for (let at = 0; at < text.length; at += size) messages.push(...reader.push(text.slice(at, at + size)))
  return messages
}

const expected = [
  { id: '7', data: '', retryMs: 20 },
  { id: '8', data: '{"a":1}', retryMs: null },
  { id: '8', data: '', retryMs: null },
  { id: '9', data: 'x\ny', retryMs: null },
]

test.each([1, 2, 3, 7, 1000])('reads the same messages from pieces of %i characters', (size) => {
  expect(readInPieces(stream, size)).toEqual(expected)
  expect(readInPieces(stream.replaceAll('\n', '\r\n'), size)).toEqual(expected)
})

test('a message that is not complete is not given', () => {
  expect(new SseReader().push('id: 1\ndata: x\n')).toEqual([])
})

test('an id with NUL and a retry that is no number are passed over', () => {
  expect(new SseReader().push('id: 1\nid: a\0b\nretry: soon\nunknown: x\ndata\n\n')).toEqual([
    { id: '1', data: '', retryMs: null },
  ])
})

test('a line without end is given up', () => {
  const reader = new SseReader()
  expect(() => {
    for (let pieces = 0; pieces < 3; pieces++) reader.push('x'.repeat(500_000))
  }).toThrow('too long')
})
