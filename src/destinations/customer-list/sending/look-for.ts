import { setTimeout as sleep } from 'node:timers/promises'
import type { SyncRun } from '../run.ts'

const LOOK_EVERY_MS = 1_000

/** How often a run asks for what it makes, each time after a look, when the answers are lost. */
export const LOOKS_AFTER_LOST_ANSWER = 3

/**
 * What a process was making at Pinterest when it ended or was cut off, by `look`; null when it made none. Its request may still be on
 * its way, so that it is looked for until no answer would be waited for any more: making another at once could make two.
 */
export async function lookForMade<Made>(
  run: Pick<SyncRun, 'limits' | 'signal'>,
  look: () => Promise<Made | null>,
): Promise<Made | null> {
  const untilMs = performance.now() + run.limits.requestTimeoutMs
  for (;;) {
    const made = await look()
    const leftMs = untilMs - performance.now()
    if (made !== null || leftMs <= 0) return made
    await sleep(Math.min(leftMs, LOOK_EVERY_MS), undefined, { signal: run.signal })
  }
}
