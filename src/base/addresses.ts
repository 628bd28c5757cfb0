import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { IPv4, IPv6 } from 'ipaddr.js'

/** IP addresses: read in one way, and held against ranges. */

type Address = IPv4 | IPv6

/** Ranges of addresses, and whether one of them holds an address. */
export interface Ranges {
  readonly hold: (address: string) => boolean
}

/**
 * Reads addresses and ranges such as `10.0.0.5` and `172.16.0.0/12`, separated by commas or spaces. Gives the first entry that is
 * neither, as text, instead of ranges.
 */
export function parseRanges(text: string): Ranges | string {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  const wrong = entries.find((entry) => rangeOf(entry) === null)
  if (wrong !== undefined) return wrong
  const ranges = entries.flatMap((entry) => rangeOf(entry) ?? [])
  return {
    hold: (address) => {
      const found = addressOf(address)
      return found !== null && ranges.some(([base, bits]) => isWithin(found, base, bits))
    },
  }
}

interface Range extends Readonly<[Address, number]> {}

function rangeOf(entry: string): [Range] | null {
  if (ipaddr.isValidCIDR(entry)) {
    const [base, bits] = ipaddr.parseCIDR(entry)
    return [[base, bits]]
  }
  const address = addressOf(entry)
  return address === null ? null : [[address, address.kind() === 'ipv4' ? 32 : 128]]
}

function isWithin(address: Address, base: Address, bits: number): boolean {
  return address.kind() === base.kind() && (address as IPv6).match(base, bits)
}

/** IPv4 within IPv6 as IPv4, without a zone; null for what is no address. Forms that only old systems take are none. */
function addressOf(text: string): Address | null {
  const [bare = ''] = text.split('%')
  // The library also reads 2130706433 and 0177.0.0.1.
  if (isIP(bare) === 0) return null
  return ipaddr.process(bare)
}

/** The address as it is compared and shown; null for what is no address. */
export function bareAddress(text: string): string | null {
  return addressOf(text)?.toString() ?? null
}

export function isLoopback(text: string): boolean {
  return addressOf(text)?.range() === 'loopback'
}

/** What a cloud platform answers at on every machine of it, such as with settings and keys, in a range that is public elsewhere. */
const OF_PLATFORM = ipaddr.process('168.63.129.16')

/**
 * Whether an address is one of the public internet: not of this machine, a local or private network, a group, documentation, and
 * none that stands for another one, such as those of NAT64 and 6to4, or for the platform that a machine runs on. False for what is no address.
 */
export function isPublic(text: string): boolean {
  const address = addressOf(text)
  if (address === null || address.range() !== 'unicast' || isWithin(address, OF_PLATFORM, 32)) return false
  // Of IPv6 only this is given out; what lies outside is for no known use.
  return address.kind() === 'ipv4' || isWithin(address, ipaddr.process('2000::'), 3)
}
