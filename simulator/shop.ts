import type { InvalidReason } from '../src/members/email.ts'
import { addressOf, field, kindOf, KINDS, ownerOf, random } from './shop-customer.ts'

/** A made-up shop. The same options always give the same rows. */
export interface ShopOptions {
  /** Customers in the beginning, numbered from 0; each has one row. */
  readonly customers: number
  /** Any integer. */
  readonly seed: number
  /** Share of the first customers who have joined since, 0 to 1. */
  readonly joined?: number
  /** Share of all customers who have left since, 0 to 1. */
  readonly left?: number
}

export interface ShopTruth {
  readonly rows: number
  /** Distinct valid addresses. */
  readonly members: number
  readonly duplicates: number
  readonly invalid: number
  readonly invalidByReason: Readonly<Partial<Record<InvalidReason, number>>>
}

const HEADER = 'customer_id,email,country,total_spent,last_order\n'
const CHUNK_CHARS = 128 * 1024
const COUNTRIES = ['US', 'GB', 'CA', 'DE', 'FR', 'AU', 'BR', 'JP', 'MX', 'NL'] as const
const DAYS = 1000
const FIRST_DAY_MS = Date.UTC(2024, 0, 1)
const DAY_MS = 86_400_000

const days = Array.from({ length: DAYS }, (_, day) =>
  new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10),
)

/** The same shop some time later: shares of its customers have joined and left. */
export function changeShop(
  shop: ShopOptions,
  change: { readonly joined: number; readonly left: number },
): ShopOptions {
  return { ...shop, ...change }
}

/**
 * The shop's customers as CSV text in chunks of some hundred thousand characters, with the usual dirt in the shares of
 * `KINDS`. All domains are reserved ones.
 */
export async function* generateShop(shop: ShopOptions): AsyncGenerator<string, void, undefined> {
  let chunk = HEADER
  for (const index of present(shop)) {
    chunk += rowOf(shop.seed, index)
    if (chunk.length >= CHUNK_CHARS) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}

/** What a right run must find in the shop, counted without making the rows. */
export function shopTruth(shop: ShopOptions): ShopTruth {
  const counts = KINDS.map(() => 0)
  for (const index of present(shop)) {
    const kind = kindOf(shop.seed, index)
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  const truth = { rows: 0, members: 0, duplicates: 0, invalid: 0 }
  const invalidByReason: Partial<Record<InvalidReason, number>> = {}
  for (const [kind, { becomes }] of KINDS.entries()) {
    const count = counts[kind] ?? 0
    truth.rows += count
    if (becomes === 'member') truth.members += count
    else if (becomes === 'duplicate') truth.duplicates += count
    else if (count > 0) {
      truth.invalid += count
      invalidByReason[becomes] = (invalidByReason[becomes] ?? 0) + count
    }
  }
  return { ...truth, invalidByReason }
}

/** The valid addresses of the shop as they are hashed, each once, in the order of the rows. */
export function* shopMembers(shop: ShopOptions): Generator<string, void, undefined> {
  for (const index of present(shop)) {
    if (KINDS[kindOf(shop.seed, index)]?.becomes === 'member') yield addressOf(shop.seed, index)
  }
}

/** Numbers of the customers the shop has. A second entry of a customer goes when he goes. */
function* present({
  customers,
  seed,
  joined = 0,
  left = 0,
}: ShopOptions): Generator<number, void, undefined> {
  const last = customers + Math.round(customers * joined)
  for (let index = 0; index < last; index += 1) {
    if (left === 0 || random(seed, ownerOf(seed, index), 'left') >= left) yield index
  }
}

function rowOf(seed: number, index: number): string {
  const spent = (random(seed, index, 'spent') ** 3 * 2000).toFixed(2)
  const country = COUNTRIES[Math.floor(random(seed, index, 'country') * COUNTRIES.length)] ?? ''
  const day = days[Math.floor(random(seed, index, 'day') * DAYS)] ?? ''
  return `${index + 1},${field(seed, index)},${country},${spent},${day}\n`
}
