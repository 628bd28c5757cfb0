import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSealer } from '../../src/access/seal.ts'
import { countTry, forgive, networkOf, sweepTries, triedBy, waitOf } from '../../src/access/throttle.ts'
import type { Tried } from '../../src/access/throttle.ts'
import { emptyPeople, openPeople } from './people.ts'
import type { People } from './people.ts'

const limits = { signInFailuresMax: 3, signInBlockMs: 10 * 60_000 }
const ORIGIN_MAX = 5 * limits.signInFailuresMax
const sealer = createSealer(randomBytes(32))

let people: People

beforeAll(async () => {
  people = await openPeople()
})

beforeEach(async () => {
  await emptyPeople(people)
})

afterAll(async () => {
  await people.close()
})

function tried(name: string, ip: string | null = null): Tried {
  return triedBy(sealer, name, { originIp: ip, browser: null })
}

/** Whether the try may go on to look at the password. */
async function gets(who: Tried, within = limits): Promise<boolean> {
  return countTry(people.db, within, who).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'too_many_attempts' })
      return false
    },
  )
}

async function countOf(through: Promise<boolean>[]): Promise<number> {
  return (await Promise.all(through)).filter(Boolean).length
}

/** Time passes for all counts. */
async function later(ms: number): Promise<void> {
  const back = sql`${ms} * interval '1 ms'`
  await sql`update sign_in_failure set last_at = last_at - ${back}, blocked_until = blocked_until - ${back}`.execute(
    people.db,
  )
}

test.each([
  [-1, 1, '1 second'],
  [0, 1, '1 second'],
  [59, 59, '59 seconds'],
  [60, 60, '60 seconds'],
  [119, 119, '119 seconds'],
  [120, 120, '2 minutes'],
  [121, 121, '3 minutes'],
])('a block that ends in %i seconds is waited for %i: %s', (seconds, waitSeconds, wait) => {
  expect(waitOf(seconds)).toEqual({ wait, waitSeconds })
})

test('a browser that is known for two names is counted for each', () => {
  const from = { originIp: null, browser: 'b' }
  expect(triedBy(sealer, 'ada', from).name).not.toBe(triedBy(sealer, 'bob', from).name)
})

test('an origin that is past a limit lowered since stays blocked when one of its passwords was right', async () => {
  for (let nth = 0; nth < ORIGIN_MAX; nth += 1) await gets(tried(`name ${nth}`, '192.0.2.1'))
  const lower = { ...limits, signInFailuresMax: 1 }
  await forgive(people.db, lower, tried('name 0', '192.0.2.1'))
  expect(await gets(tried('ada', '192.0.2.1'), lower)).toBe(false)
})

describe('tries at one name', () => {
  test('get as far as the limit, one after the other', async () => {
    for (const expected of [true, true, true, false, false]) expect(await gets(tried('ada'))).toBe(expected)
  })

  test('get no further when they come at once', async () => {
    const all = Array.from({ length: 40 }, async () => gets(tried('ada')))
    expect(await countOf(all)).toBe(limits.signInFailuresMax)
  })

  test('get no further from many origins', async () => {
    const all = Array.from({ length: 40 }, async (_, index) => gets(tried('ada', `192.0.2.${index}`)))
    expect(await countOf(all)).toBe(limits.signInFailuresMax)
  })

  test('do not block another name', async () => {
    for (const _ of Array.from({ length: 5 })) await gets(tried('ada'))
    expect(await gets(tried('bob'))).toBe(true)
  })

  test('are told how long to wait', async () => {
    for (const _ of Array.from({ length: 3 })) await gets(tried('ada'))
    await later(60_000)
    await expect(countTry(people.db, limits, tried('ada'))).rejects.toMatchObject({
      message: expect.stringContaining('blocked for 9 minutes') as string,
      passing: true,
    })
    await later(8.5 * 60_000)
    await expect(countTry(people.db, limits, tried('ada'))).rejects.toMatchObject({
      message: expect.stringMatching(/blocked for (?:29|30) seconds/) as string,
    })
  })

  test('start from nothing when the block is over', async () => {
    for (const _ of Array.from({ length: 3 })) await gets(tried('ada'))
    await later(limits.signInBlockMs - 1_000)
    expect(await gets(tried('ada'))).toBe(false)
    await later(1_000)
    for (const expected of [true, true, true, false]) expect(await gets(tried('ada'))).toBe(expected)
  })

  test('are not blocked for longer by going on', async () => {
    for (const _ of Array.from({ length: 3 })) await gets(tried('ada'))
    for (const _ of Array.from({ length: 10 })) {
      await later(limits.signInBlockMs / 10 - 1_000)
      await gets(tried('ada'))
    }
    await later(10_000)
    expect(await gets(tried('ada'))).toBe(true)
  })

  test('are forgotten when none comes for as long as a block', async () => {
    for (const _ of Array.from({ length: 2 })) await gets(tried('ada'))
    await later(limits.signInBlockMs)
    for (const expected of [true, true, true, false]) expect(await gets(tried('ada'))).toBe(expected)
  })

  test('are forgiven with the right password', async () => {
    for (const _ of Array.from({ length: 3 })) await gets(tried('ada'))
    await forgive(people.db, limits, tried('ada'))
    for (const expected of [true, true, true, false]) expect(await gets(tried('ada'))).toBe(expected)
  })

  test('are not blocked without end by a clock that was set back, nor by a limit that was longer', async () => {
    for (const _ of Array.from({ length: 3 })) await gets(tried('ada'))
    await later(-60 * 60_000)
    expect(await gets(tried('ada'))).toBe(true)
    expect(await gets(tried('ada'))).toBe(false)
    expect(await gets(tried('ada'), { ...limits, signInBlockMs: 1_000 })).toBe(true)
  })

  test('with a limit of one: the first wrong one blocks', async () => {
    const strict = { ...limits, signInFailuresMax: 1 }
    expect([await gets(tried('ada'), strict), await gets(tried('ada'), strict)]).toEqual([true, false])
  })
})

describe('tries from one origin', () => {
  test('at many names get as far as five times the limit, at once too', async () => {
    const all = Array.from({ length: 60 }, async (_, index) => gets(tried(`user ${index}`, '192.0.2.7')))
    expect(await countOf(all)).toBe(ORIGIN_MAX)
    expect(await gets(tried('ada', '192.0.2.8'))).toBe(true)
  })

  test('that are refused are not held against the name', async () => {
    for (const index of Array.from({ length: ORIGIN_MAX }).keys())
      await gets(tried(`user ${index}`, '192.0.2.7'))
    for (const _ of Array.from({ length: 9 })) expect(await gets(tried('ada', '192.0.2.7'))).toBe(false)
    for (const expected of [true, true, true]) expect(await gets(tried('ada', '192.0.2.8'))).toBe(expected)
  })

  test('are not forgiven by one right password, only that try is', async () => {
    for (const index of Array.from({ length: ORIGIN_MAX - 1 }).keys()) {
      await gets(tried(`user ${index}`, '192.0.2.7'))
    }
    for (const _ of Array.from({ length: 3 })) {
      expect(await gets(tried('mallory', '192.0.2.7'))).toBe(true)
      await forgive(people.db, limits, tried('mallory', '192.0.2.7'))
    }
    expect(await gets(tried('ada', '192.0.2.7'))).toBe(true)
    expect(await gets(tried('bob', '192.0.2.7'))).toBe(false)
  })

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::1', '2001:db8:1:2'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['not an address', 'not an address'],
  ])('%s is counted as %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network)
  })
})

test('neither names nor addresses are stored, and nobody without the key can tell whose count is whose', async () => {
  await gets(tried('ada@example.com', '192.0.2.7'))
  const rows = await people.db.selectFrom('sign_in_failure').select('key').execute()
  expect(rows).toHaveLength(2)
  expect(JSON.stringify(rows)).not.toMatch(/ada|192/)
  const other = triedBy(createSealer(randomBytes(32)), 'ada@example.com', {
    originIp: '192.0.2.7',
    browser: null,
  })
  expect(rows.map((row) => row.key)).not.toContain(other.name)
  expect(tried('192.0.2.7').name).not.toBe(tried('', '192.0.2.7').origin)
})

test('a sweep removes what means nothing any more', async () => {
  await gets(tried('ada'))
  for (const _ of Array.from({ length: 3 })) await gets(tried('bob'))
  await later(limits.signInBlockMs + 1_000)
  for (const _ of Array.from({ length: 3 })) await gets(tried('eve'))
  expect(await sweepTries(people.db, limits)).toBe(1)
  expect(await gets(tried('eve'))).toBe(false)
  await later(limits.signInBlockMs + 1_000)
  expect(await sweepTries(people.db, limits)).toBe(1)
})

type Step =
  | { readonly kind: 'tries'; readonly name: string; readonly ip: string; readonly count: number }
  | { readonly kind: 'later'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('tries' as const),
    name: fc.constantFrom('ada', 'bob'),
    ip: fc.constantFrom('192.0.2.7', '192.0.2.8', '2001:db8::1'),
    count: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    kind: fc.constant('later' as const),
    ms: fc.integer({ min: 1_000, max: limits.signInBlockMs + 1_000 }),
  }),
)

test('no time as long as a block lets more than the limit through, in whatever order wrong tries come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await emptyPeople(people)
      const through: { readonly keys: readonly string[]; readonly atMs: number }[] = []
      let nowMs = 0
      for (const one of steps) {
        if (one.kind === 'later') {
          await later(one.ms)
          nowMs += one.ms
          continue
        }
        const who = tried(one.name, one.ip)
        const passed = await countOf(Array.from({ length: one.count }, async () => gets(who)))
        const keys = [who.name, who.origin ?? '']
        through.push(...Array.from({ length: passed }, () => ({ keys, atMs: nowMs })))
      }
      for (const { atMs } of through) {
        const within = through.filter((one) => one.atMs >= atMs && one.atMs < atMs + limits.signInBlockMs)
        for (const name of ['ada', 'bob']) {
          const key = tried(name).name
          expect(within.filter(({ keys }) => keys.includes(key)).length).toBeLessThanOrEqual(
            limits.signInFailuresMax,
          )
        }
        for (const ip of ['192.0.2.7', '192.0.2.8', '2001:db8::1']) {
          const key = tried('', ip).origin ?? ''
          expect(within.filter(({ keys }) => keys.includes(key)).length).toBeLessThanOrEqual(ORIGIN_MAX)
        }
      }
    }),
    { numRuns: 40 },
  )
})
