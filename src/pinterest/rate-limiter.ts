import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Limits } from '../base/limits.ts'
import type { Store } from '../store/store.ts'
import type { CallKind, RateLimiter } from './types.ts'

/** Share of the budget that is used. The rest absorbs calls that arrive late and bunch up on the way. */
const USED_SHARE = 0.97
/** A slot further ahead than any queue reaches comes from a clock that was set back. */
const QUEUE_MS_MAX = 120_000

/**
 * The budget of calls, shared by all processes through the table `rate_slot`. Each call reserves the next of evenly
 * spaced slots by the database's clock, in one statement; so no 60 seconds hold more calls than the limit,
 * whoever makes them.
 */
export function createRateLimiter(options: { store: Pick<Store, 'db'>; limits: Limits }): RateLimiter {
  const { db } = options.store
  const spacingMs = (kind: CallKind): number => {
    const perMinute = kind === 'read' ? options.limits.readsPerMinute : options.limits.writesPerMinute
    return 60_000 / (perMinute * USED_SHARE)
  }
  return {
    take: async (key, kind, signal) => {
      const { rows } = await sql<{ wait_ms: number }>`
        insert into rate_slot as slot (key, next_at)
        values (${`${key}:${kind}`}, clock_timestamp() + ${spacingMs(kind)} * interval '1 ms')
        on conflict (key) do update set
          next_at = case
            when clock_timestamp() between slot.held_at and slot.held_until then greatest(slot.next_at, slot.held_until)
            when slot.next_at > clock_timestamp() + ${QUEUE_MS_MAX} * interval '1 ms' then clock_timestamp()
            else greatest(slot.next_at, clock_timestamp())
          end + ${spacingMs(kind)} * interval '1 ms'
        returning extract(epoch from next_at - clock_timestamp())::float8 * 1000 - ${spacingMs(kind)}::float8 as wait_ms
      `.execute(db)
      const waitMs = rows[0]?.wait_ms ?? 0
      if (waitMs > 1) await sleep(waitMs, undefined, { signal })
    },
    hold: async (key, kind, waitMs) => {
      await sql`
        insert into rate_slot as slot (key, next_at, held_at, held_until)
        values (
          ${`${key}:${kind}`},
          clock_timestamp(),
          clock_timestamp(),
          clock_timestamp() + ${waitMs} * interval '1 ms'
        )
        on conflict (key) do update set held_at = excluded.held_at, held_until = excluded.held_until
      `.execute(db)
    },
  }
}
