import { afterAll, beforeAll, expect, test } from 'vitest'
import { historyOf } from './history.ts'
import { liveThrough } from './live-history.ts'
import { isFullSweep, openBase } from './support.ts'
import type { Base } from './support.ts'

/**
 * The claim of the whole: whatever failed on the way, the next undisturbed run makes the list's members equal to
 * the query's. ROLLCALL_SWEEP=full lives through 500 histories, ROLLCALL_SEEDS=17 through one, ROLLCALL_SEEDS=1-20
 * through those.
 */

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

const [first = 1, last = first] = (process.env['ROLLCALL_SEEDS'] ?? (isFullSweep ? '1-500' : '1-24'))
  .split('-')
  .map(Number)
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index)
/** Histories at once: most of their time is waiting. */
const AT_ONCE = 3

test(
  `after ${seeds.length} histories of faults, stops and resolutions the members are those of the query`,
  { timeout: seeds.length * 20_000 },
  async () => {
    const broken: string[] = []
    const queue = [...seeds]
    const work = async (): Promise<void> => {
      for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
        await liveThrough(base, historyOf(seed)).catch((error: unknown) => {
          broken.push(
            `ROLLCALL_SEEDS=${seed}: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`,
          )
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    expect(broken.join('\n\n')).toBe('')
  },
)
