import { describe, expect, test } from 'vitest'
import { canonicalAddress, specialRange } from './ip.ts'

describe('specialRange', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.1',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450:4001:81b::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2606:4700::5efe:808:808',
  ])('%s is public', (address) => {
    expect(specialRange(address)).toBeNull()
  })

  test.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'carrierGradeNat'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['168.63.129.16', 'hostService'],
    ['169.254.169.254', 'linkLocal'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'reserved'],
    ['198.51.100.1', 'reserved'],
    ['203.0.113.1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fc00::1', 'uniqueLocal'],
    ['fd00:ec2::254', 'uniqueLocal'],
    ['fe80::1', 'linkLocal'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'reserved'],
    ['3fff::1', 'reserved'],
    ['2001:2::1', 'benchmarking'],
    ['100::1', 'discard'],
    ['5f00::1', 'segmentRouting'],
    ['4000::1', 'unassigned'],
    ['::7f00:1', 'ipv4Compatible'],
    ['::8.8.8.8', 'ipv4Compatible'],
    ['::ffff:127.0.0.1', 'loopback in ipv4Mapped'],
    ['::ffff:a9fe:a9fe', 'linkLocal in ipv4Mapped'],
    ['::ffff:0:127.0.0.1', 'rfc6145'],
    ['64:ff9b::7f00:1', 'loopback in nat64'],
    ['64:ff9b::a9fe:a9fe', 'linkLocal in nat64'],
    ['64:ff9b:1::808:808', 'localTranslation'],
    ['2002:7f00:1::', 'loopback in 6to4'],
    ['2002:808:808::', '6to4'],
    ['2001:0:808:808::f5ff:fffe', 'private in teredo'],
    ['2001:0:7f00:1::', 'loopback in teredo'],
    ['2606:4700::5efe:7f00:1', 'loopback in isatap'],
    ['2606:4700::200:5efe:a00:1', 'private in isatap'],
  ])('%s is %s', (address, range) => {
    expect(specialRange(address)).toBe(range)
  })

  test.each([
    '',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '1.2.3.256',
    '1.2.3',
    '01.2.3.4',
    'fe80::1%eth0',
    ':::',
    '1.2.3.4 ',
  ])('%j is no plain address', (text) => {
    expect(canonicalAddress(text)).toBeNull()
    expect(specialRange(text)).toBe('unreadable')
  })

  test('one address has one spelling', () => {
    expect(canonicalAddress('2606:4700:4700:0000:0:0:0:1111')).toBe('2606:4700:4700::1111')
    expect(canonicalAddress('::FFFF:1.2.3.4')).toBe(canonicalAddress('::ffff:102:304'))
  })
})
