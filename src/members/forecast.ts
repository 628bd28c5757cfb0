import { spacingMs } from '../base/pace.ts'

export interface Forecast {
  /** Calls that change something at Pinterest. */
  readonly writes: number
  /** Time they take when the whole write budget is free, in seconds. */
  readonly seconds: number
}

/** An answer takes about as long. */
const ANSWER_MS = 1_000

/**
 * What sending a change set will take. A new list is made by the call that carries its first batch, so it costs no call of its own;
 * a new audience costs one.
 */
export function forecast(options: {
  readonly adds: number
  readonly removes: number
  readonly batchSize: number
  readonly writesPerMinute: number
  readonly createsAudience: boolean
}): Forecast {
  const { adds, removes, batchSize, writesPerMinute, createsAudience } = options
  const writes = Math.ceil(adds / batchSize) + Math.ceil(removes / batchSize) + (createsAudience ? 1 : 0)
  // The first call goes out at once, and the last one is answered a moment after its turn.
  const takesMs = writes === 0 ? 0 : (writes - 1) * spacingMs(writesPerMinute) + ANSWER_MS
  return { writes, seconds: Math.round(takesMs / 1000) }
}
