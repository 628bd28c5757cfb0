import { describe, expect, test } from 'vitest'
import { bareAddress, isLoopback, isPublic, parseRanges } from '../../src/base/addresses.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:C000:207', '192.0.2.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['2130706433', null],
  ['0x7f000001', null],
  ['0177.0.0.1', null],
  ['127.1', null],
  ['1.2.3.4.5', null],
  ['256.1.1.1', null],
  ['example.com', null],
  ['', null],
])('%s is the address %s', (text, expected) => {
  expect(bareAddress(text)).toBe(expected)
})

describe('ranges', () => {
  const ranges = parseRanges('10.0.0.5, 172.16.0.0/12 2001:db8::/32,,fd00::1')

  test.each([
    ['10.0.0.5', true],
    ['10.0.0.4', false],
    ['10.0.0.6', false],
    ['::ffff:10.0.0.5', true],
    ['172.31.255.255', true],
    ['172.32.0.0', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::', false],
    ['fd00::1', true],
    ['fd00::', false],
    ['fd00::2', false],
    ['::ffff:172.16.0.1', true],
    ['not an address', false],
  ])('hold %s: %s', (address, expected) => {
    if (typeof ranges === 'string') throw new Error(ranges)
    expect(ranges.hold(address)).toBe(expected)
  })

  test.each(['10.0.0.0/33', 'proxy.example.com', '10.0.0', '2001:db8::/129', '*'])('%s is none', (entry) => {
    expect(parseRanges(`10.0.0.1, ${entry}`)).toBe(entry)
  })
})

test.each(['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(isLoopback(address)).toBe(true)
})

describe('of the public internet', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '172.32.0.1',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '168.63.129.15',
    '168.63.129.17',
    '192.0.1.1',
    '198.17.255.255',
    '198.20.0.0',
    '2001:200::1',
    '2001:db9::1',
  ])('is %s', (address) => {
    expect(isPublic(address)).toBe(true)
  })

  test.each([
    ['this host', '0.0.0.0 0.1.2.3 ::'],
    ['loopback', '127.0.0.1 127.9.9.9 ::1'],
    ['private networks', '10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd00:ec2::254'],
    ['shared by providers', '100.64.0.1 100.127.255.255'],
    ['link-local, cloud metadata too', '169.254.169.254 fe80::1 fe80::1%eth0 fec0::1'],
    ['groups', '224.0.0.1 239.255.255.255 255.255.255.255 ff02::1'],
    ['documentation', '192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1'],
    ['benchmarks and future use', '198.18.0.1 240.0.0.1 192.0.0.8 192.88.99.1'],
    ['IPv4 within IPv6', '::ffff:10.0.0.1 ::ffff:7f00:1 ::127.0.0.1 ::ffff:0:127.0.0.1'],
    ['translated', '64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1:: 2002:808:808::1 2001::1'],
    // The registries of special purposes, by the first and the last address of a range where others are next to it.
    ['protocols', '192.0.0.0 192.0.0.192 192.0.0.255 192.31.196.1 192.52.193.1 192.175.48.1 2620:4f:8000::1'],
    ['benchmarks', '198.18.0.0 198.19.255.255 2001:2::1 2001:2:0:ffff::1'],
    [
      'protocols within 2001::/23',
      '2001:1::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff::1',
    ],
    ['translated private networks', '64:ff9b::10.0.0.1 64:ff9b::192.168.1.1 64:ff9b:1:ffff::a00:1'],
    ['6to4 and Teredo of private networks', '2002:a00:1::1 2002:c0a8:101::1 2001:0:a00:1::1'],
    ['deprecated sites and groups', 'fec0:ffff::1 feff::1 ff0e::1 febf:ffff::1 fdff:ffff::1'],
    [
      'documentation to its ends',
      '2001:db8:ffff:ffff::1 3fff:fff:ffff::1 192.0.2.255 198.51.100.255 203.0.113.255',
    ],
    ['a cloud platform, whose machines all reach it', '168.63.129.16 ::ffff:168.63.129.16 ::ffff:a83f:8110'],
    ['for no known use', '4000::1 100::1 5f00::1 1000::1'],
    ['no address', 'example.com 2130706433 0x7f.1 []'],
  ])('is nothing of %s', (_, addresses) => {
    for (const address of addresses.split(' ')) expect(isPublic(address), address).toBe(false)
  })
})
