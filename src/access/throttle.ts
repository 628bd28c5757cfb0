import { isIPv6 } from 'node:net'
import { sql } from 'kysely'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { plural } from '../base/words.ts'
import type { Db } from './access.ts'
import type { Sealer } from './seal.ts'

/**
 * Wrong passwords, counted by whom they were for and where they came from. A try is counted before its password is looked at,
 * so that many at once get no further than one after the other. Neither names nor addresses are stored, only keyed digests.
 */

type BlockLimits = Pick<Limits, 'signInFailuresMax' | 'signInBlockMs'>

/** Whose tries are counted together. */
export interface Tried {
  readonly name: string
  readonly origin: string | null
}

/** The people of one office come from one address. */
const ORIGIN_FACTOR = 5
/** A block longer than any comes from a clock that was set back, or from a longer limit. */
const CLOCK_MS = 60_000

/**
 * `browser` is one that is known for this name: its tries are counted for it alone. `originIp` is null where many people may
 * seem to come from one address.
 */
export function triedBy(
  sealer: Pick<Sealer, 'digest'>,
  name: string,
  { originIp, browser }: { readonly originIp: string | null; readonly browser: string | null },
): Tried {
  if (browser !== null) return { name: sealer.digest(`sign-in browser ${browser} ${name}`), origin: null }
  return {
    name: sealer.digest(`sign-in name ${name}`),
    origin: originIp === null ? null : sealer.digest(`sign-in origin ${networkOf(originIp)}`),
  }
}

/** An IPv6 customer has a whole /64, and would never be slowed down by single addresses. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [bare = ''] = ip.split('%')
  if (!isIPv6(bare)) return ip
  // The URL parser writes each address in one way only.
  const [left = '', right] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::')
  const groups = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const zeros = Array.from({ length: 8 - groups.length - after.length }, () => '0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}

/**
 * Counts a try as wrong until `forgive` says otherwise. Error: `too_many_attempts`, and then it is not counted: `signInFailuresMax`
 * in a row for one name (five times as many from one origin) block it for `signInBlockMs`. They are forgotten when none came
 * for as long.
 */
export async function countTry(db: Db, limits: BlockLimits, tried: Tried): Promise<void> {
  // A transaction of its own, which stays when the caller's is undone. Always first the name, so that no two tries wait for
  // each other.
  await db.transaction().execute(async (tx) => {
    await countOne(tx, limits, tried.name, limits.signInFailuresMax)
    if (tried.origin !== null) {
      await countOne(tx, limits, tried.origin, limits.signInFailuresMax * ORIGIN_FACTOR)
    }
  })
}

async function countOne(tx: Db, limits: BlockLimits, key: string, max: number): Promise<void> {
  const block = sql`${limits.signInBlockMs} * interval '1 ms'`
  // Not the transaction's time, which may have waited here for others.
  const now = sql`clock_timestamp()`
  const isOver = sql`(tried.last_at + ${block} <= ${now})`
  const failures = sql`case when ${isOver} then 1 else tried.failures + 1 end`
  const { rows } = await sql`
    insert into sign_in_failure as tried (key, failures, last_at, blocked_until)
    values (${key}, 1, ${now}, case when 1 >= ${max}::integer then ${now} + ${block} end)
    on conflict (key) do update set
      failures = ${failures},
      last_at = ${now},
      blocked_until = case when ${failures} >= ${max}::integer then ${now} + ${block} end
    where tried.blocked_until is null
      or tried.blocked_until not between ${now} and ${now} + ${block} + ${CLOCK_MS} * interval '1 ms'
    returning key
  `.execute(tx)
  if (rows.length === 0) throw await blocked(tx, key)
}

async function blocked(tx: Db, key: string): Promise<RollcallError> {
  const { rows } = await sql<{ seconds: number }>`
    select ceil(extract(epoch from blocked_until - clock_timestamp()))::integer as seconds
    from sign_in_failure where key = ${key}
  `.execute(tx)
  return new RollcallError('too_many_attempts', waitOf(rows[0]?.seconds ?? 0), { passing: true })
}

/** How long to wait, at least a second: the block may have ended since. */
export function waitOf(seconds: number): { readonly wait: string; readonly waitSeconds: number } {
  const waitSeconds = Math.max(1, seconds)
  const isShort = waitSeconds < 120
  const wait = isShort ? plural(waitSeconds, 'second') : plural(Math.ceil(waitSeconds / 60), 'minute')
  return { wait, waitSeconds }
}

/**
 * The password was right: nothing is held against the name any more. Against its origin only this try is not, or a person with
 * one account could try all others from there.
 */
export async function forgive(db: Db, limits: BlockLimits, { name, origin }: Tried): Promise<void> {
  await db.deleteFrom('sign_in_failure').where('key', '=', name).execute()
  if (origin === null) return
  await db
    .updateTable('sign_in_failure')
    .set({
      failures: sql<number>`greatest(failures - 1, 0)`,
      blocked_until: sql<Date | null>`case when failures > ${limits.signInFailuresMax * ORIGIN_FACTOR}::integer then blocked_until end`,
    })
    .where('key', '=', origin)
    .execute()
}

/** Deletes the counts that mean nothing any more. How many. */
export async function sweepTries(db: Db, limits: BlockLimits): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('sign_in_failure')
    .where(
      sql<boolean>`greatest(last_at, blocked_until) + ${limits.signInBlockMs} * interval '1 ms' < clock_timestamp()`,
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
