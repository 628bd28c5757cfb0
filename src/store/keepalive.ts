/**
 * Who learns first that a connection is dead. A network can swallow everything without closing anything; then the holder of
 * a lock must have stopped before the server gives the lock to another. All times count from the same moment: when the
 * last sign of life that reached the server was sent.
 *
 *     server   10 s of silence, then 4 probes 5 s apart without an answer            gone after 30 s
 *              an answer of its own that nobody acknowledges                         gone after 30 s
 *     holder   asks for a sign of life every 2 s; the last one answered is too old   stops after 20 s
 *
 * The 10 s between are for what the holder sent to Pinterest just before, and for a process that the machine kept waiting.
 */

const IDLE_SECONDS = 10
const PROBE_SECONDS = 5
const PROBES = 4
const SERVER_LETS_GO_MS = (IDLE_SECONDS + PROBES * PROBE_SECONDS) * 1000

/** For every connection: a server elsewhere then frees what a dead one holds within half a minute instead of two hours. */
export const NOTICE_THE_DEAD = `set tcp_keepalives_idle = ${IDLE_SECONDS}; set tcp_keepalives_interval = ${PROBE_SECONDS}; set tcp_keepalives_count = ${PROBES}; set tcp_user_timeout = ${SERVER_LETS_GO_MS}`

export interface LockTiming {
  /** Pause before the server is asked for another sign of life. */
  readonly checkMs: number
  /** The lock counts as lost when this long ago the last question was sent that the server answered. */
  readonly lostAfterMs: number
}

export const lockTiming: LockTiming = {
  checkMs: 2_000,
  lostAfterMs: SERVER_LETS_GO_MS - 10_000,
}
