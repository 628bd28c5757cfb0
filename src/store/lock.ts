import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import type { Client } from 'pg'
import { clientOf } from '../base/postgres-client.ts'
import type { Connection } from '../base/postgres-client.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { isConnectionLost, unavailable } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'
import { LOCK_SESSION } from './in-use.ts'
import { NOTICE_THE_DEAD } from './keepalive.ts'
import type { LockTiming } from './keepalive.ts'
import { endLease, renewLease, tryLease } from './lease.ts'
import type { Lease } from './lease.ts'
import { numbersForCounts, poolOfOne } from './pool.ts'
import type { Tables } from './schema.ts'

/** A lock that one process of all holds. It dies with the process, and goes to another when the process falls silent. */
export interface Lock {
  /**
   * The database through the connection that holds the lock. A statement made here takes effect while the lock is held or
   * not at all, however late it arrives: the next holder of the lock is safe from it.
   */
  readonly db: Kysely<Tables>
  readonly release: () => Promise<void>
  /**
   * Aborts when the connection that holds the lock breaks, or when the server gives no sign of life for so long that it may
   * soon give the lock to someone else: stop at once.
   */
  readonly lost: AbortSignal
  /**
   * Resolves while the lock is held for sure; asks the server when the last sign of life is not recent, as after this process was
   * stopped. To be called before each effect that the lock's connection does not guard. The process may be stopped again before the
   * effect: what is given says at once whether the lock is still held for sure. Error: the reason of `lost`.
   */
  readonly confirm: () => Promise<() => boolean>
}

export interface LockOptions {
  readonly connection: Connection
  readonly kind: DatabaseKind
  /** Other connections, on which leases are renewed: a transaction on the lock's own would hide it. */
  readonly db: Kysely<Tables>
  readonly timing: LockTiming
  /** The server gives no sign of life: whatever else waits for it waits in vain. */
  readonly onSilence?: () => void
}

const POLL_MS = 25
const CONNECT_MS_MAX = 30_000

/**
 * Takes the lock with this name on a connection of its own; null when another still holds it after `waitMs`. Error:
 * `database_unavailable`.
 */
export async function takeLock(
  { connection, kind, db, timing, onSilence }: LockOptions,
  name: string,
  waitMs: number,
): Promise<Lock | null> {
  const client = clientOf(connection, {
    application_name: LOCK_SESSION,
    types: numbersForCounts(),
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS_MAX,
  })
  const lost = new AbortController()
  const lose = (detail: string): void =>
    lost.abort(new RollcallError('database_unavailable', { detail }, { passing: true }))
  const broke = (): void => lose('the connection that holds the lock on this list was lost')
  client.on('error', broke)
  client.on('end', broke)
  let lease: Lease | null = null
  let watch: Watch | null = null
  const letGo = async (): Promise<void> => {
    client.off('end', broke)
    // Of a lock that is lost there is nothing to wait for: the answer may never come.
    if (watch !== null) await untilLost(lost.signal, watch.lastAnswer())
    if (lease !== null) await endLease(client, lease).catch(() => {})
    await client.end().catch(() => {})
    // Until here, since a farewell can be swallowed like everything else.
    watch?.stop()
  }
  const giveSign = async (): Promise<boolean> => {
    const [isAnswered, isOurs] = await Promise.all([
      answers(client),
      lease === null || renewLease(db, lease, timing.takeoverMs),
    ])
    if (!isOurs) {
      lose('this process was silent for so long that another process took the lock on this list')
      client.connection.stream.destroy()
    }
    return isAnswered && isOurs
  }
  try {
    await client.connect()
    watch = watchForSilence(timing, giveSign, () => {
      lose('it does not respond, so another process may soon take the lock on this list')
      onSilence?.()
      client.connection.stream.destroy()
    })
    await client.query(NOTICE_THE_DEAD)
    lease = await pollUntilTaken(client, { name, kind, takeoverMs: timing.takeoverMs }, waitMs)
    if (lease !== null) {
      const own = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: poolOfOne(client, kind) }) })
      const confirm = confirmed.bind(null, lost.signal, watch)
      return { db: own, lost: lost.signal, release: letGo, confirm }
    }
  } catch (error) {
    await letGo()
    throw unavailable(error, kind)
  }
  await letGo()
  return null
}

async function pollUntilTaken(
  client: Client,
  options: Parameters<typeof tryLease>[1],
  waitMs: number,
): Promise<Lease | null> {
  const deadlineMs = performance.now() + waitMs
  for (;;) {
    const lease = await tryLease(client, options)
    if (lease !== null || performance.now() >= deadlineMs) return lease
    await sleep(POLL_MS)
  }
}

/** An answer that came while this process was stopped is old when it is read, and says nothing: it is asked again. */
export async function confirmed(
  lost: AbortSignal,
  watch: Pick<Watch, 'isFresh' | 'askNow'>,
): Promise<() => boolean> {
  for (;;) {
    lost.throwIfAborted()
    if (watch.isFresh()) return () => !lost.aborted && watch.isFresh()
    await untilLost(lost, watch.askNow())
    if (!lost.aborted && !watch.isFresh()) await sleep(POLL_MS)
  }
}

/** Waits for `work`, or until the lock is lost. */
async function untilLost(lost: AbortSignal, work: Promise<void>): Promise<void> {
  if (lost.aborted) return
  const { promise: isLost, resolve } = Promise.withResolvers<void>()
  const onLost = (): void => resolve()
  lost.addEventListener('abort', onLost, { once: true })
  await Promise.race([work, isLost])
  lost.removeEventListener('abort', onLost)
}

interface Watch {
  /** Whether the last sign of life that was answered is recent, by each of the two clocks. One stands still while the machine sleeps. */
  readonly isFresh: () => boolean
  readonly askNow: () => Promise<void>
  /** Asks no more; resolves when the last question is answered, or no one waits for that any more. */
  readonly lastAnswer: () => Promise<void>
  readonly stop: () => void
}

/** Gives the server signs of life; calls `onSilence` once, when they are not answered. */
function watchForSilence(
  { checkMs, lostAfterMs }: LockTiming,
  giveSign: () => Promise<boolean>,
  onSilence: () => void,
): Watch {
  let silence = setTimeout(onSilence, lostAfterMs)
  let next: NodeJS.Timeout | null = null
  let asked: Promise<void> | null = null
  let isEnding = false
  let last = { sentMs: performance.now(), atMs: Date.now() }
  const ask = async (): Promise<void> => {
    const sent = { sentMs: performance.now(), atMs: Date.now() }
    if (!(await giveSign().catch(() => false))) return
    last = sent
    clearTimeout(silence)
    silence = setTimeout(onSilence, Math.max(0, sent.sentMs + lostAfterMs - performance.now()))
  }
  const askNow = (): Promise<void> => {
    asked ??= ask().finally(() => {
      asked = null
      if (isEnding) return
      if (next !== null) clearTimeout(next)
      next = setTimeout(() => void askNow(), checkMs)
    })
    return asked
  }
  next = setTimeout(() => void askNow(), checkMs)
  return {
    isFresh: () => {
      const agesMs = [performance.now() - last.sentMs, Math.abs(Date.now() - last.atMs)]
      return Math.max(...agesMs) < 2 * checkMs
    },
    askNow,
    lastAnswer: async () => {
      isEnding = true
      if (next !== null) clearTimeout(next)
      await asked
    },
    stop: () => clearTimeout(silence),
  }
}

/** A refusal is an answer too, as within a transaction that failed. */
async function answers(client: Client): Promise<boolean> {
  try {
    await client.query('select 1')
    return true
  } catch (error) {
    return !isConnectionLost(error)
  }
}
