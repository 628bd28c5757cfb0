import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import type { Client } from 'pg'
import { clientOf } from '../base/postgres-client.ts'
import type { Connection } from '../base/postgres-client.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { isConnectionLost, unavailable } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'
import { lockTiming, NOTICE_THE_DEAD } from './keepalive.ts'
import type { LockTiming } from './keepalive.ts'
import { numbersForCounts, poolOfOne } from './pool.ts'
import type { Tables } from './schema.ts'

/** A lock that one process of all holds. It dies with the process. */
export interface Lock {
  /**
   * The database through the connection that holds the lock. A statement made here takes effect while the lock is held or
   * not at all, however late it arrives: whoever has the lock next is safe from it.
   */
  readonly db: Kysely<Tables>
  readonly release: () => Promise<void>
  /**
   * Aborts when the connection that holds the lock breaks, or when the server gives no sign of life for so long that it may
   * soon give the lock to somebody else: stop at once.
   */
  readonly lost: AbortSignal
}

export interface LockOptions {
  readonly connection: Connection
  readonly kind: DatabaseKind
  readonly timing?: LockTiming | undefined
  /** The server gives no sign of life: whatever else waits for it waits in vain. */
  readonly onSilence?: () => void
}

const POLL_MS = 25
const CONNECT_MS_MAX = 30_000

/**
 * Takes the lock of this name on a connection of its own; null when another still holds it after `waitMs`. Error:
 * `database_unavailable`.
 */
export async function takeLock(
  { connection, kind, timing = lockTiming, onSilence }: LockOptions,
  name: string,
  waitMs: number,
): Promise<Lock | null> {
  const client = clientOf(connection, {
    application_name: 'rollcall lock',
    types: numbersForCounts(),
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS_MAX,
  })
  const lost = new AbortController()
  const lose = (detail: string): void =>
    lost.abort(new RollcallError('database_unavailable', { detail }, { passing: true }))
  const broke = (): void => lose('the connection that holds the lock of this list broke')
  client.on('error', broke)
  client.on('end', broke)
  let watch: Watch | null = null
  const letGo = async (): Promise<void> => {
    client.off('end', broke)
    await watch?.lastAnswer()
    await client.end().catch(() => {})
    // Until here, since a farewell can be swallowed like everything else.
    watch?.stop()
  }
  try {
    await client.connect()
    watch = watchForSilence(client, timing, () => {
      lose('it gives no sign of life, so another process may soon hold the lock of this list')
      onSilence?.()
      client.connection.stream.destroy()
    })
    await client.query(NOTICE_THE_DEAD)
    if (await pollUntilTaken(client, name, waitMs)) {
      const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: poolOfOne(client, kind) }) })
      return { db, lost: lost.signal, release: letGo }
    }
  } catch (error) {
    await letGo()
    throw unavailable(error, kind)
  }
  await letGo()
  return null
}

async function pollUntilTaken(client: Client, name: string, waitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + waitMs
  for (;;) {
    const text = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken'
    const { rows } = await client.query<{ taken: boolean }>(text, [name])
    if (rows[0]?.taken === true) return true
    if (performance.now() >= deadlineMs) return false
    await sleep(POLL_MS)
  }
}

interface Watch {
  /** Asks no more; resolves when the last question is answered, or nobody waits for that any more. */
  readonly lastAnswer: () => Promise<void>
  readonly stop: () => void
}

/** Asks the server for signs of life; calls `onSilence` once, when there are none. */
function watchForSilence(client: Client, { checkMs, lostAfterMs }: LockTiming, onSilence: () => void): Watch {
  let silence = setTimeout(onSilence, lostAfterMs)
  let next: NodeJS.Timeout | null = null
  let asked: Promise<void> = Promise.resolve()
  let isEnding = false
  const ask = async (): Promise<void> => {
    const sentMs = performance.now()
    if (!(await answers(client))) return
    clearTimeout(silence)
    silence = setTimeout(onSilence, sentMs + lostAfterMs - performance.now())
    if (!isEnding) next = setTimeout(askAgain, checkMs)
  }
  const askAgain = (): void => {
    asked = ask()
  }
  next = setTimeout(askAgain, checkMs)
  return {
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
