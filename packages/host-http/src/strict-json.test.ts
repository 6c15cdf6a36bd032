import { describe, expect, test } from 'vitest'
import { parseStrictJson } from './strict-json.ts'

const limits = { depthMax: 4, keysMax: 5 }
const parse = (text: string) => parseStrictJson(text, limits)

describe('strict JSON', () => {
  test.each([
    '{}',
    '[]',
    'null',
    '"a \\" \\\\ { [ , : b"',
    '{"a":{"b":[1,-2.5e3,true,null,"x"]},"c":"{\\"a\\":1,\\"a\\":2}"}',
    '[{"a":1},{"a":2}]',
    '{"a":{"a":{"a":1}}}',
    '{"a":["a","a"],"b":"a"}',
    '{"":1," ":2}',
    '{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":1e3}',
    ' \n{ "a" : 1 , "b" : [ ] } ',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  test.each([
    ['', 'is not JSON'],
    ['{"a":1,}', 'is not JSON'],
    ['{a:1}', 'is not JSON'],
    ['[1] [2]', 'is not JSON'],
    ['\ufeff{}', 'is not JSON'],
    ['{"a":NaN}', 'is not JSON'],
    ['{"a":1,"a":2}', 'has the name "a" twice'],
    ['{"a":1,"b":{"c":1},"a":2}', 'has the name "a" twice'],
    ['{"a":1,"\\u0061":2}', 'has the name "a" twice'],
    ['[{"x":{"a":[],"a":1}}]', 'has the name "a" twice'],
    ['{"__proto__":{}}', 'has the forbidden name __proto__'],
    ['{"a":[{"\\u005f_proto__":1}]}', 'has the forbidden name __proto__'],
    ['[[[[[]]]]]', 'nests deeper than 4'],
    ['{"a":{"a":{"a":{"a":{}}}}}', 'nests deeper than 4'],
    ['{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}', 'has an object with more than 5 names'],
    ['{"a":1e999}', 'has a number that cannot be kept exactly: 1e999'],
    ['[9007199254740992]', 'has a number that cannot be kept exactly: 9007199254740992'],
    ['-1e300', 'has a number that cannot be kept exactly: -1e300'],
  ])('refuses %s: %s', (text, reason) => {
    expect(() => parse(text)).toThrow(reason)
  })

  test('depth at the limit is read, and a megabyte of brackets is refused without falling over', () => {
    expect(parse('[[[[]]]]')).toEqual([[[[]]]])
    expect(() => parse('['.repeat(500_000) + ']'.repeat(500_000))).toThrow('nests deeper')
    expect(() => parse('['.repeat(1_000_000))).toThrow('is not JSON')
  })

  test('a megabyte of one text is read', () => {
    const text = JSON.stringify({ a: '\\"'.repeat(250_000) })
    expect(parse(text)).toEqual(JSON.parse(text))
  })
})
