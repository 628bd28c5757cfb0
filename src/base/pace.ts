/** Share of the budget of calls that is used. The rest absorbs calls that arrive late and bunch up on the way. */
const USED_SHARE = 0.97

/** Milliseconds between two calls that keep within so many a minute. */
export function spacingMs(perMinute: number): number {
  return 60_000 / (perMinute * USED_SHARE)
}
