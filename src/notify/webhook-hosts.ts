import { lookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { bareAddress, isPublic, parseRanges } from '../base/addresses.ts'
import type { Ranges } from '../base/addresses.ts'
import { RollcallError } from '../base/rollcall-error.ts'

/**
 * Where webhooks may go: to the public internet, and to what the person who runs Rollcall lists. Otherwise anyone who may edit an
 * alert could reach what only this machine can, and learn from the answers what is there.
 */

export interface WebhookHosts {
  readonly names: ReadonlySet<string>
  readonly ranges: Ranges
}

/** Reads `ROLLCALL_WEBHOOK_HOSTS`: names, addresses and ranges, separated by commas or spaces. Error: `wrong_usage`. */
export function webhookHosts(text: string): WebhookHosts {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  const ranges = parseRanges(entries.filter((entry) => !isName(entry)).join(','))
  if (typeof ranges === 'string')
    throw new RollcallError('wrong_usage', {
      detail: `ROLLCALL_WEBHOOK_HOSTS holds "${ranges}", which is not a host name, an address or a range such as 10.0.0.0/8.`,
    })
  return { names: new Set(entries.filter(isName).map(plainName)), ranges }
}

function isName(entry: string): boolean {
  return /^[a-z0-9_.-]*[a-z][a-z0-9_.-]*$/i.test(entry)
}

/** Whether the host of an address may be asked, as far as it says by itself: a name is looked up at connecting. */
export function isOpenHost({ names, ranges }: WebhookHosts, url: URL): boolean {
  const name = plainName(url.hostname)
  if (names.has(name)) return true
  const address = bareAddress(name.replace(/^\[(.*)\]$/, '$1'))
  if (address !== null) return isPublic(address) || ranges.hold(address)
  // A proxy would look these up for itself, where they are its own machine and network.
  return name.includes('.') && !PRIVATE_NAME.test(name)
}

/** Names of this machine and of the network around it, which no one can own on the internet. */
const PRIVATE_NAME =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|lan|corp|home|home\.arpa|svc)$/

/** Some names end in a dot, and mean the same; a program that is asked for them may take off more than one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/\.+$/, '')
}

/**
 * Looks a name up for a connection, which then goes to one of the very addresses that were checked here. Fails when none of them
 * is public or listed, as for a name that is not known.
 */
export function lookupOpen({ names, ranges }: WebhookHosts): LookupFunction {
  return (name, options, callback) => {
    const isListed = names.has(plainName(name))
    const isOpen = ({ address }: LookupAddress): boolean =>
      isListed || isPublic(address) || ranges.hold(address)
    lookup(name, { ...options, all: true }, (error, found) => {
      const open = error === null ? found.filter(isOpen) : []
      const [first] = open
      if (first === undefined) return callback(notOpen(), options.all === true ? [] : '')
      if (options.all === true) callback(null, open)
      else callback(null, first.address, first.family)
    })
  }
}

function notOpen(): NodeJS.ErrnoException {
  return Object.assign(new Error('no allowed address'), { code: 'ENOTFOUND' })
}
