export interface Forecast {
  /** Calls that change something at Pinterest. */
  readonly writes: number
  /** Time they take when the whole write budget is free, in seconds, rounded up. */
  readonly seconds: number
}

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
  return { writes, seconds: Math.ceil((writes * 60) / writesPerMinute) }
}
