import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallRecord } from '../../../simulator/main.ts'
import { defaultLimits } from '../../../src/base/limits.ts'
import { isFullSweep, isWrite, membersOf, openBase, openShop, people } from './support.ts'
import type { Base } from './support.ts'

/**
 * The write budget is used to the full and never exceeded. The full sweep sends at Pinterest's real 400 writes a
 * minute, past the simulator's window of 60 s; otherwise three times as fast, and a third of the window is looked at.
 */

const writesPerMinute = isFullSweep ? 400 : 1200
const batches = 420
/** No stretch of this length may hold more writes than `writesInWindowMax`. */
const windowMs = (60_000 * 400) / writesPerMinute
const writesInWindowMax = 400

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

test(
  `${batches} batches use at least 95 % of ${writesPerMinute} writes a minute and provoke no refusal`,
  { timeout: 240_000 },
  async () => {
    // As many under way as cover the same time as the default does at Pinterest's rate.
    const batchesInFlight = (defaultLimits.batchesInFlight * writesPerMinute) / 400
    const limits = { writesPerMinute, batchSize: 5, batchesInFlight }
    const shop = await openShop(base, {
      simulator: { limits: { readsPerMinute: 1000, writesPerMinute } },
      limits,
    })
    try {
      const emails = people(batches * 5)
      const run = await shop.sync(emails)
      expect(run).toMatchObject({ state: 'succeeded', result: { requests: { throttled: 0, retries: 0 } } })
      expect(shop.members()).toEqual(membersOf(emails))
      expect(shop.simulator.control.stats().provoked429).toBe(0)
      const times = timesOf(shop.simulator.control.calls())
      expect(times).toHaveLength(batches)
      expect(mostInWindow(times)).toBeLessThanOrEqual(writesInWindowMax)
      expect(shareUsed(times)).toBeGreaterThanOrEqual(0.95)
    } finally {
      await shop.close()
    }
  },
)

function timesOf(calls: readonly CallRecord[]): number[] {
  return calls
    .filter((call) => isWrite(call) && call.operation.startsWith('customer_lists/'))
    .map(({ atMs }) => atMs)
}

function mostInWindow(times: readonly number[]): number {
  return Math.max(
    ...times.map((from) => times.filter((time) => time >= from && time < from + windowMs).length),
  )
}

/** Share of the budget in the second best of ten stretches: on a busy machine the others are slower, and that is not ours. */
function shareUsed(times: readonly number[]): number {
  const length = Math.floor(times.length / 10)
  const rates = Array.from({ length: 10 }, (_, index) => {
    const [first, last] = [times[index * length] ?? 0, times[(index + 1) * length - 1] ?? 0]
    return ((length - 1) * 60_000) / (last - first) / writesPerMinute
  })
  return rates.toSorted((a, b) => a - b)[5] ?? 0
}
