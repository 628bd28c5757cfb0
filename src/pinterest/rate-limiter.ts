import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Limits } from '../base/limits.ts'
import { spacingMs } from '../base/pace.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { RateLimiter } from './types.ts'

/** A slot further ahead than any queue reaches comes from a clock that was set back: so much, and so many slots. */
const QUEUE_MS_MAX = 120_000
const QUEUE_SLOTS_MAX = 100
/** The longest window Pinterest counts in is a day. */
const HOLD_MS_MAX = 86_400_000

/**
 * The budget of calls, shared by all processes through the table `rate_slot`. Each call reserves the next of evenly
 * spaced slots by the database's clock, in one statement; so no 60 seconds hold more calls than the limit,
 * no matter which process makes them.
 */
export function createRateLimiter(options: { store: Pick<Store, 'db'>; limits: Limits }): RateLimiter {
  const { db } = options.store
  const { readsPerMinute, writesPerMinute } = options.limits
  return {
    take: async (key, kind, signal) => {
      const slotKey = `${key}:${kind}`
      do {
        signal.throwIfAborted()
        const waitMs = await reserve(
          db,
          slotKey,
          spacingMs(kind === 'read' ? readsPerMinute : writesPerMinute),
        )
        if (waitMs <= 1) return
        await sleep(waitMs, undefined, { signal })
        // Someone's call may have been told to pause meanwhile. Then this slot is given up.
      } while (await isHeld(db, slotKey))
    },
    hold: (key, kind, waitMs) => hold(db, `${key}:${kind}`, Math.min(waitMs, HOLD_MS_MAX)),
  }
}

/** Reserves the next slot. Milliseconds until then; the row keeps the time of the slot after it. */
async function reserve(db: Kysely<Tables>, slotKey: string, slotMs: number): Promise<number> {
  const queueMsMax = Math.max(QUEUE_MS_MAX, QUEUE_SLOTS_MAX * slotMs)
  // During a pause the queue begins at its end.
  const first = sql`greatest(
    clock_timestamp(),
    case when clock_timestamp() between slot.held_at and slot.held_until then slot.held_until end
  )`
  const { rows } = await sql<{ wait_ms: number }>`
    insert into rate_slot as slot (key, next_at)
    values (${slotKey}, clock_timestamp() + ${slotMs} * interval '1 ms')
    on conflict (key) do update set
      next_at = case
        when slot.next_at > ${first} + ${queueMsMax} * interval '1 ms' then ${first}
        else greatest(slot.next_at, ${first})
      end + ${slotMs} * interval '1 ms'
    returning extract(epoch from next_at - clock_timestamp())::float8 * 1000 - ${slotMs}::float8 as wait_ms
  `.execute(db)
  return rows[0]?.wait_ms ?? 0
}

async function isHeld(db: Kysely<Tables>, slotKey: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean | null }>`
    select clock_timestamp() between held_at and held_until as held from rate_slot where key = ${slotKey}
  `.execute(db)
  return rows[0]?.held === true
}

/** A pause lies between the time it was asked for and its end; so a clock that is set back ends it, not prolongs it. */
async function hold(db: Kysely<Tables>, slotKey: string, waitMs: number): Promise<void> {
  await sql`
    insert into rate_slot as slot (key, next_at, held_at, held_until)
    values (${slotKey}, clock_timestamp(), clock_timestamp(), clock_timestamp() + ${waitMs} * interval '1 ms')
    on conflict (key) do update set
      held_at = excluded.held_at,
      held_until = case
        when clock_timestamp() between slot.held_at and slot.held_until
        then greatest(slot.held_until, excluded.held_until)
        else excluded.held_until
      end
  `.execute(db)
}
