import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  PASSED_WHEN_LISTED,
  PASSED_WHEN_PUBLIC,
  REFUSED_WHEN_LISTED,
  REFUSED_WHEN_PUBLIC,
  type UrlCase,
} from '../../../test/unit/corpus/urls.ts'
import { type NetworkSection, networkSection } from '../../model/policy-network.ts'
import { assessUrl, type CompiledNetwork, compileNetwork, EGRESS_CODES, isListableHost } from './network.ts'
import type { HostFacts } from './types.ts'

type Section = Partial<NetworkSection>

function network(section: Section): CompiledNetwork {
  return compileNetwork(networkSection.parse(section))
}

const listed = network({
  hosts: ['example.com', 'api.example.com'],
  exactHostOnly: true,
  schemes: ['https'],
  ports: [443],
  methodsAllow: ['GET', 'HEAD'],
  methodsApprove: ['POST'],
  maxRedirects: 5,
})
const open = network({ mode: 'public', schemes: ['http', 'https'], ports: 'any', maxRedirects: 5 })

function factsOf({ addresses = {}, redirects = {} }: Omit<UrlCase, 'url'>): HostFacts {
  return { realPaths: {}, addresses, redirects }
}

function assess(compiled: CompiledNetwork, one: UrlCase) {
  const isLookedUp = one.addresses !== undefined || one.redirects !== undefined
  return assessUrl(compiled, one.url, { method: 'GET', facts: isLookedUp ? factsOf(one) : null })
}

function codes(compiled: CompiledNetwork, url: string, facts: Omit<UrlCase, 'url'> = {}, method = 'GET'): string[] {
  return assessUrl(compiled, url, { method, facts: factsOf(facts) }).violations.map(({ code }) => code)
}

describe('R-44 hosts that must not be reached', () => {
  test.each(REFUSED_WHEN_LISTED)('not listed: $url', (one) => {
    expect(assess(listed, one).violations).not.toEqual([])
  })

  test.each(REFUSED_WHEN_PUBLIC)('not public: $url $addresses $redirects', (one) => {
    expect(assess(open, one).violations).not.toEqual([])
  })

  test.each([
    ['http://2130706433/', 'EGRESS_PRIVATE_ADDRESS'],
    ['https://github.com@127.0.0.1/', 'EGRESS_URL_INVALID'],
    ['https://github.com.evil.io/', 'EGRESS_UNRESOLVED'],
    ['http://localhost/', 'EGRESS_INTERNAL_NAME'],
    ['ftp://example.com/', 'EGRESS_SCHEME'],
  ])('%s gives %s', (url, code) => {
    expect(codes(open, url)).toContain(code)
  })

  test('a redirect to a metadata address is denied for good', () => {
    const url = 'https://example.com/'
    const { violations, host } = assess(listed, {
      url,
      redirects: { [url]: { status: 302, location: 'http://169.254.169.254/' } },
    })
    expect(host).toBe('example.com')
    expect(violations).toContainEqual({
      step: 6,
      code: 'EGRESS_PRIVATE_ADDRESS',
      detail: '169.254.169.254 leads to an address that is not public (linkLocal)',
      verdict: 'DENY',
      overridable: false,
    })
  })

  test('rebinding shows as one bad address among good ones', () => {
    expect(
      codes(listed, 'https://example.com/', { addresses: { 'example.com': ['1.1.1.1', '169.254.169.254'] } }),
    ).toEqual(['EGRESS_PRIVATE_ADDRESS'])
  })
})

describe('hosts that may be reached', () => {
  test.each(PASSED_WHEN_LISTED)('listed: $url', (one) => {
    expect(assess(listed, one).violations).toEqual([])
  })

  test.each(PASSED_WHEN_PUBLIC)('public: $url', (one) => {
    expect(assess(open, one).violations).toEqual([])
  })
})

describe('what a section says', () => {
  test('an unlisted host asks, and a human may allow it', () => {
    const { violations } = assessUrl(listed, 'https://other.example/', { method: 'GET', facts: null })
    expect(violations).toEqual([
      {
        step: 7,
        code: 'EGRESS_UNLISTED',
        detail: 'other.example is not listed',
        verdict: 'NEEDS_APPROVAL',
        overridable: true,
      },
    ])
  })

  test('sub-domains count on label boundaries, unless hosts are exact', () => {
    const loose = network({ hosts: ['example.com'], exactHostOnly: false })
    expect(codes(loose, 'https://a.b.example.com/')).toEqual([])
    expect(codes(loose, 'https://badexample.com/')).toEqual(['EGRESS_UNLISTED'])
    expect(codes(listed, 'https://a.example.com/')).toEqual(['EGRESS_UNLISTED'])
  })

  test('*. lists the sub-domains and not the domain', () => {
    const wild = network({ hosts: ['*.example.com'], exactHostOnly: true })
    expect(codes(wild, 'https://a.example.com/')).toEqual([])
    expect(codes(wild, 'https://example.com/')).toEqual(['EGRESS_UNLISTED'])
  })

  test.each([
    '*',
    '*.com',
    '*.*',
    'https://example.com',
    'example.com/path',
    'example.com:8443',
    'user@example.com',
    'a b',
    '',
  ])('%j lists nothing', (entry) => {
    expect(isListableHost(entry)).toBe(false)
    const compiled = compileNetwork({ ...networkSection.parse({}), hosts: [entry], exactHostOnly: false })
    expect(codes(compiled, 'https://example.com/')).toContain('EGRESS_UNLISTED')
  })

  test.each(['example.com', '*.example.com', '10.0.0.1', '::1', '[::1]', 'localhost', 'bücher.example'])(
    '%s can be listed',
    (entry) => {
      expect(isListableHost(entry)).toBe(true)
    },
  )

  test('a special address is reached only where it is listed literally', () => {
    const inside = network({
      hosts: ['db.corp.example'],
      literalAddresses: ['10.0.0.5'],
      ports: 'any',
      schemes: ['http', 'https'],
    })
    const resolved = { addresses: { 'db.corp.example': ['10.0.0.5'] } }
    expect(codes(inside, 'https://db.corp.example/', resolved)).toEqual([])
    expect(codes(inside, 'http://10.0.0.5:8080/')).toEqual([])
    expect(codes(inside, 'http://10.0.0.6/')).toContain('EGRESS_PRIVATE_ADDRESS')
    expect(codes(inside, 'http://[::ffff:10.0.0.5]/')).toContain('EGRESS_PRIVATE_ADDRESS')
    expect(codes(inside, 'http://0x0a.0.0.5/')).toContain('EGRESS_URL_INVALID')
    expect(codes(inside, 'https://db.corp.example/', { addresses: { 'db.corp.example': ['10.0.0.6'] } })).toContain(
      'EGRESS_PRIVATE_ADDRESS',
    )
  })

  test('an internal name is reached only where it is listed literally', () => {
    const inside = network({ hosts: ['corp.internal'], exactHostOnly: false })
    expect(codes(inside, 'https://corp.internal/')).toEqual([])
    expect(codes(inside, 'https://db.corp.internal/')).toEqual(['EGRESS_INTERNAL_NAME'])
  })

  test('methods are allowed, asked about or denied', () => {
    expect(codes(listed, 'https://example.com/', {}, 'head')).toEqual([])
    expect(codes(listed, 'https://example.com/', {}, 'POST')).toEqual(['EGRESS_METHOD_APPROVAL'])
    expect(codes(listed, 'https://example.com/', {}, 'DELETE')).toEqual(['EGRESS_METHOD'])
    expect(codes(listed, 'https://example.com/', {}, 'GET\r\nX: y')).toEqual(['EGRESS_METHOD'])
  })

  test('an empty section allows nothing', () => {
    expect(codes(network({}), 'https://example.com/')).toEqual(['EGRESS_UNLISTED'])
    expect(codes(network({ hosts: [] }), 'https://example.com/')).toEqual(['EGRESS_UNLISTED'])
    expect(
      codes(network({ hosts: ['example.com'], schemes: [], ports: [], methodsAllow: [] }), 'https://example.com/'),
    ).toEqual(['EGRESS_METHOD', 'EGRESS_SCHEME_UNLISTED', 'EGRESS_PORT_UNLISTED'])
  })

  test('names from prototypes are not facts', () => {
    expect(codes(open, 'https://constructor.example/')).toEqual(['EGRESS_UNRESOLVED'])
    expect(codes(open, 'https://constructor/')).toContain('EGRESS_UNRESOLVED')
  })
})

describe('redirects', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [
        `https://example.com/${index}`,
        { status: 307, location: `/${index + 1}` },
      ]),
    )

  test('are followed up to the limit', () => {
    expect(codes(listed, 'https://example.com/0', { redirects: chain(5) })).toEqual([])
    expect(codes(listed, 'https://example.com/0', { redirects: chain(6) })).toEqual(['EGRESS_REDIRECTS'])
  })

  test('wherever in the chain a bad hop stands, it is found', () => {
    const bad = fc.constantFrom(
      'http://127.0.0.1/',
      'https://evil.example/',
      'ftp://example.com/',
      'http://example.com/',
      '//[::1]/',
    )
    fc.assert(
      fc.property(fc.nat(4), bad, (position, location) => {
        const redirects = { ...chain(5), [`https://example.com/${position}`]: { status: 302, location } }
        return codes(listed, 'https://example.com/0', { redirects }).length > 0
      }),
    )
  })

  test('are known by what they mean, not how they are written', () => {
    const redirects = { 'HTTPS://Example.com:443': { status: 301, location: 'http://127.0.0.1/' } }
    expect(codes(listed, 'https://example.com/#top', { redirects })).toContain('EGRESS_PRIVATE_ADDRESS')
  })
})

describe('for any text', () => {
  const piece = fc.constantFrom(
    'http://',
    'https://',
    'example.com',
    '127.0.0.1',
    '@',
    ':',
    '/',
    '\\',
    '.',
    '%',
    '#',
    '?',
    '[',
    ']',
    '::1',
    'evil.example',
    '\t',
    '\u200b',
    'é',
    '443',
  )
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 8 }).map((parts) => parts.join(''))

  test('what passes is a listed host for every reader', () => {
    fc.assert(
      fc.property(text, (url) => {
        const { violations, host } = assessUrl(listed, url, { method: 'GET', facts: null })
        if (violations.length > 0) {
          for (const { code } of violations) expect(EGRESS_CODES).toContain(code)
          return
        }
        expect(['example.com', 'api.example.com']).toContain(host)
        // A reader that knows nothing of URL rules finds the same host.
        expect(url.toLowerCase()).toMatch(/^https:\/\/(?:api\.)?example\.com(?::443)?(?:$|[/?#])/)
      }),
      { numRuns: 5000 },
    )
  })

  test('a literal in any notation is never public when it is special', () => {
    const octets = fc.constantFrom([127, 0, 0, 1], [10, 1, 2, 3], [169, 254, 169, 254], [192, 168, 0, 1], [0, 0, 0, 0])
    const spell = fc.constantFrom(
      (octet: number) => String(octet),
      (octet: number) => `0x${octet.toString(16)}`,
      (octet: number) => `0${octet.toString(8)}`,
    )
    fc.assert(
      fc.property(octets, fc.array(spell, { minLength: 4, maxLength: 4 }), (address, spellings) => {
        const host = address.map((octet, index) => (spellings[index] ?? String)(octet)).join('.')
        return codes(open, `http://${host}/`).includes('EGRESS_PRIVATE_ADDRESS')
      }),
    )
  })
})
