import { defaultLimits } from '../base/limits.ts'

/**
 * Who learns first that a holder of a lock has fallen silent: its machine is cut off, or its process is stopped. It must have stopped
 * before another gets the lock. All times count from the same moment: when the last sign of life that was answered was sent.
 *
 *     holder   gives a sign of life every 2 s; the last one answered is too old   stops after 7.2 s
 *     others   the lease has not been renewed (`takeoverMs`)                      take the lock after 12 s
 *     server   10 s of silence, then 4 probes 5 s apart without an answer         drops the connection after 30 s
 *
 * The time between the first two is for what the holder sent to Pinterest just before, and for a process that the machine kept waiting.
 * A process that was stopped notices nothing of all this, so it looks at its lease once more before each request.
 */

const IDLE_SECONDS = 10
const PROBE_SECONDS = 5
const PROBES = 4
const SERVER_LETS_GO_MS = (IDLE_SECONDS + PROBES * PROBE_SECONDS) * 1000

/** For every connection: a server elsewhere then frees what a dead one holds within half a minute instead of two hours. */
export const NOTICE_THE_DEAD = `set tcp_keepalives_idle = ${IDLE_SECONDS}; set tcp_keepalives_interval = ${PROBE_SECONDS}; set tcp_keepalives_count = ${PROBES}; set tcp_user_timeout = ${SERVER_LETS_GO_MS}`

export interface LockTiming {
  /** Pause between two signs of life. */
  readonly checkMs: number
  /** The lock counts as lost when this long ago the last sign of life was sent that the server answered. */
  readonly lostAfterMs: number
  /** Others may take it this long after the last one that the server received. */
  readonly takeoverMs: number
}

const CHECK_MS_MAX = 2_000
const CHECK_SHARE = 1 / 6
const LOST_SHARE = 0.6

/** For leases of this length. */
export function lockTimingOf(takeoverMs: number): LockTiming {
  const checkMs = Math.min(CHECK_MS_MAX, takeoverMs * CHECK_SHARE)
  return { checkMs, lostAfterMs: takeoverMs * LOST_SHARE, takeoverMs }
}

export const lockTiming: LockTiming = lockTimingOf(defaultLimits.takeoverMs)
