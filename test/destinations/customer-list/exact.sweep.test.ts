import { randomInt } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setting } from './history.ts'
import { liveThrough, steps } from './live-history.ts'
import { isFullSweep, openBase } from './support.ts'
import type { Base } from './support.ts'

/**
 * The claim of the whole: whatever failed on the way, and on whatever machine, the next undisturbed run makes the list's members equal to
 * the query's. A history that breaks it shrinks to the plainest one that does. ROLLCALL_SWEEP=full lives through 500 other histories each
 * time. ROLLCALL_REPLAY='SEED PATH REPLAYPATH', as a failure names them, lives through that one again.
 */

let machines: [Base, Base]

beforeAll(async () => {
  const first = await openBase()
  machines = [first, await openBase(first)]
})

afterAll(async () => {
  for (const machine of machines.toReversed()) await machine.close()
})

const replayed = process.env['ROLLCALL_REPLAY']?.split(' ')
/** Histories at once: most of their time is waiting. */
const AT_ONCE = 3
const count = isFullSweep ? 500 : 24
const timeoutMs = count * 20_000

test(
  `after ${count} histories of faults, stops and resolutions the members are those of the query`,
  { timeout: timeoutMs },
  async () => {
    const lived = replayed === undefined ? sweep() : [replay(replayed)]
    await expect(Promise.all(lived)).resolves.toBeDefined()
  },
)

function sweep(): Promise<void>[] {
  const seeds = Array.from({ length: AT_ONCE }, (_, index) => (isFullSweep ? randomInt(2 ** 31) : index + 1))
  return seeds.map(async (seed) => live({ seed, numRuns: Math.ceil(count / AT_ONCE) }))
}

async function replay([seed, path = '', replayPath]: readonly string[]): Promise<void> {
  await live({ seed: Number(seed), path, endOnFailure: true }, replayPath)
}

async function live(parameters: fc.Parameters<[unknown, unknown]>, replayPath?: string): Promise<void> {
  await fc.assert(
    fc.asyncProperty(setting, steps(replayPath), async (chosen, happening) =>
      liveThrough(machines, chosen, happening),
    ),
    // What has not shrunk by then is shown as it is.
    { ...parameters, unbiased: true, interruptAfterTimeLimit: timeoutMs * 0.9, markInterruptAsFailure: true },
  )
}
