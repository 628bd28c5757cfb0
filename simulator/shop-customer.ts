import { createHash } from 'node:crypto'
import type { InvalidReason } from '../src/members/email.ts'

interface Kind {
  readonly name: string
  /** Of all rows. */
  readonly share: number
  /** What a right run makes of it. */
  readonly becomes: 'member' | 'duplicate' | InvalidReason
  /** The address as this customer's row has it. `roll` is a number from 0 to 1. */
  readonly write: (address: string, roll: number) => string
}

const TYPOS: readonly ((address: string) => string)[] = [
  (address) => address.replace('@', ''),
  (address) => address.replace('@', ' at '),
  (address) => address.replace('@', '@@'),
  (address) => address.replace(/\.(?=[a-z]+$)/, ','),
  (address) => address.replace('@', '.@'),
  (address) => `${address}.`,
  (address) => address.slice(0, address.indexOf('@') + 1),
  () => 'n/a',
]
const SPACES = [' ', '  ', '\t', '\u00a0', '\u3000', '\ufeff']
const BLANKS = ['', '', '', ' ', '   ', '\u00a0']

function pick<T>(values: readonly [T, ...T[]] | readonly T[], roll: number, otherwise: T): T {
  return values[Math.floor(roll * values.length)] ?? otherwise
}

/** The dirt of a real shop in its usual shares; what is left over is clean. */
export const KINDS: readonly Kind[] = [
  { name: 'clean', share: 0.83, becomes: 'member', write: (address) => address },
  {
    name: 'capitals',
    share: 0.05,
    becomes: 'member',
    write: (address, roll) => (roll < 0.5 ? address.toUpperCase() : capitalised(address)),
  },
  {
    name: 'spaces',
    share: 0.03,
    becomes: 'member',
    write: (address, roll) => spaced(address, pick(SPACES, roll, ' ')),
  },
  { name: 'plus tag', share: 0.02, becomes: 'member', write: (address) => address },
  {
    name: 'entered twice',
    share: 0.03,
    becomes: 'duplicate',
    write: (address, roll) => (roll < 0.5 ? address : ` ${address.toUpperCase()}`),
  },
  { name: 'blank', share: 0.02, becomes: 'blank', write: (_, roll) => pick(BLANKS, roll, '') },
  {
    name: 'typing error',
    share: 0.01,
    becomes: 'syntax',
    write: (address, roll) => pick(TYPOS, roll, String)(address),
  },
  {
    name: 'hashed',
    share: 0.005,
    becomes: 'already_hashed',
    write: (address, roll) => hashed(address, roll),
  },
  {
    name: 'beyond ASCII',
    share: 0.004,
    becomes: 'non_ascii',
    write: (address, roll) => (roll < 0.5 ? `é${address}` : address.replace('@', '＠')),
  },
  { name: 'too long', share: 0.001, becomes: 'too_long', write: (address) => 'x'.repeat(64) + address },
]

const DUPLICATE = KINDS.findIndex(({ becomes }) => becomes === 'duplicate')
const PLUS_TAG = KINDS.findIndex(({ name }) => name === 'plus tag')
/** Upper end of each kind's part of 0 to 1. */
const bounds = KINDS.map((_, kind) => KINDS.slice(0, kind + 1).reduce((sum, { share }) => sum + share, 0))

const FIRST_NAMES = [
  'ann',
  'ben',
  'chloe',
  'dan',
  'eva',
  'finn',
  'grace',
  'hugo',
  'iris',
  'jack',
  'kim',
  'leo',
  'mia',
  'noah',
  'olga',
  'paul',
] as const
const LAST_NAMES = [
  'adams',
  'baker',
  'clark',
  'diaz',
  'evans',
  'fox',
  'gray',
  'hill',
  'ito',
  'jones',
  'klein',
  'lopez',
  'moore',
  'novak',
  'owen',
  'park',
] as const
const DOMAINS = [
  'example.com',
  'example.com',
  'example.org',
  'example.net',
  'mail.example.com',
  'post.example.org',
  'web.example.net',
] as const

const PURPOSES = ['kind', 'twin', 'left', 'name', 'write', 'spent', 'country', 'day'] as const

/** Salts that keep the rolls for different purposes apart. */
const salts = Object.fromEntries(
  PURPOSES.map((purpose, index) => [purpose, Math.imul(index + 1, 0x9e3779b1)]),
) as Record<(typeof PURPOSES)[number], number>

/** A number from 0 to 1 (exclusive) that depends on nothing but its arguments. */
export function random(seed: number, index: number, purpose: (typeof PURPOSES)[number]): number {
  let mixed = Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(seed + 0x7f4a7c15, 0xc2b2ae35) ^ salts[purpose]
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

/** Index in `KINDS` of a customer's row. The first customer is clean, so that there is always someone to enter twice. */
export function kindOf(seed: number, index: number): number {
  const roll = index === 0 ? 0 : random(seed, index, 'kind')
  const kind = bounds.findIndex((bound) => roll < bound)
  return Math.max(kind, 0)
}

/** The customer whose address a row holds: for a second entry an earlier customer with a valid address. */
export function ownerOf(seed: number, index: number): number {
  if (kindOf(seed, index) !== DUPLICATE) return index
  let owner = Math.floor(random(seed, index, 'twin') * index)
  while (KINDS[kindOf(seed, owner)]?.becomes !== 'member') owner -= 1
  return owner
}

/** A customer's own address, normalised. No two customers have the same. */
export function addressOf(seed: number, index: number): string {
  const roll = random(seed, index, 'name')
  const first = pick(FIRST_NAMES, roll, 'ann')
  const last = pick(LAST_NAMES, (roll * 16) % 1, 'adams')
  const domain = pick(DOMAINS, (roll * 256) % 1, 'example.com')
  const tag = kindOf(seed, index) === PLUS_TAG ? '+shop' : ''
  return `${first}.${last}${index}${tag}@${domain}`
}

/** The e-mail field of a customer's row, quoted where CSV wants it. */
export function field(seed: number, index: number): string {
  const kind = KINDS[kindOf(seed, index)]
  const address = addressOf(seed, ownerOf(seed, index))
  const text = kind === undefined ? address : kind.write(address, random(seed, index, 'write'))
  return text.includes(',') ? `"${text}"` : text
}

function capitalised(address: string): string {
  return address.replaceAll(/(?<=^|\.)[a-z]/g, (letter) => letter.toUpperCase())
}

function spaced(address: string, space: string): string {
  return address.length % 2 === 0 ? `${space}${address}${space}` : `${address}${space}`
}

function hashed(address: string, roll: number): string {
  return createHash(roll < 0.7 ? 'sha256' : 'md5')
    .update(address)
    .digest('hex')
}
