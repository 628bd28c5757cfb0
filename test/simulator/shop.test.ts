import { expect, test } from 'vitest'
import { checkEmail } from '../../src/members/email.ts'
import { changeShop, generateShop, shopMembers, shopTruth } from '../../simulator/shop.ts'
import type { ShopOptions } from '../../simulator/shop.ts'

const shop = { customers: 12_000, seed: 7 }

async function textOf(options: ShopOptions): Promise<string> {
  let text = ''
  for await (const chunk of generateShop(options)) text += chunk
  return text
}

/** Reads the made-up rows in a simple way of its own: the address is all between the first and the last three commas. */
async function emailsOf(options: ShopOptions): Promise<string[]> {
  const lines = (await textOf(options)).trimEnd().split('\n').slice(1)
  return lines.map((line) => {
    const raw = /^\d+,(.*),[A-Z]{2},\d+\.\d\d,\d{4}-\d\d-\d\d$/.exec(line)?.[1]
    if (raw === undefined) throw new Error('a row of another form')
    return raw.replace(/^"(.*)"$/, '$1')
  })
}

function judge(raws: readonly string[]) {
  const members = new Set<string>()
  const invalidByReason: Record<string, number> = {}
  let valid = 0
  for (const raw of raws) {
    const verdict = checkEmail(raw)
    if (verdict.ok) {
      valid += 1
      members.add(verdict.email)
    } else invalidByReason[verdict.reason] = (invalidByReason[verdict.reason] ?? 0) + 1
  }
  return {
    members,
    invalidByReason,
    duplicates: valid - members.size,
    rows: raws.length,
    invalid: raws.length - valid,
  }
}

test.each([
  ['at first', shop],
  ['later', changeShop(shop, { joined: 0.02, left: 0.01 })],
  ['with one customer', { customers: 1, seed: 3 }],
  ['of another seed, half of it gone', { customers: 5000, seed: -99, left: 0.5 }],
])('the shop %s is what it says it is', async (_, options) => {
  const judged = judge(await emailsOf(options))
  expect(shopTruth(options)).toEqual({ ...judged, members: judged.members.size })
  expect(judged.members).toEqual(new Set(shopMembers(options)))
})

test('the shop has every kind of dirt and no domain of real people', async () => {
  const emails = await emailsOf(shop)
  const { invalidByReason, duplicates } = judge(emails)
  expect(Object.keys(invalidByReason).toSorted()).toEqual([
    'already_hashed',
    'blank',
    'non_ascii',
    'syntax',
    'too_long',
  ])
  expect(duplicates).toBeGreaterThan(200)
  for (const member of shopMembers(shop)) expect(member).toMatch(/@(?:[a-z]+\.)?example\.(?:com|org|net)$/)
})

test('the same options give the same rows, another seed others', async () => {
  expect(await textOf(shop)).toBe(await textOf({ ...shop }))
  expect(await textOf(shop)).not.toBe(await textOf({ ...shop, seed: 8 }))
})

test('members join and leave in the shares asked for', () => {
  const before = new Set(shopMembers(shop))
  const after = new Set(shopMembers(changeShop(shop, { joined: 0.1, left: 0.05 })))
  expect(after.difference(before).size / before.size).toBeCloseTo(0.095, 1)
  expect(before.difference(after).size / before.size).toBeCloseTo(0.05, 1)
  expect(before.intersection(after).size).toBeGreaterThan(10_000)
})
