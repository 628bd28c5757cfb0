import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import { RollcallError } from '../base/rollcall-error.ts'
import { unavailable } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'

/** A lock that one process of all holds. It dies with the process. */
export interface Lock {
  readonly release: () => Promise<void>
  /** Aborts when the connection that holds the lock breaks: somebody else may have it now. */
  readonly lost: AbortSignal
}

const POLL_MS = 25
const CONNECT_MS_MAX = 30_000

/** When the holder's machine is gone, a server elsewhere learns of it within half a minute instead of two hours. */
const NOTICE_THE_DEAD =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4'

/**
 * Takes the lock of this name on a connection of its own; null when another still holds it after `waitMs`. Error:
 * `database_unavailable`.
 */
export async function takeLock(
  connection: ClientConfig,
  kind: DatabaseKind,
  name: string,
  waitMs: number,
): Promise<Lock | null> {
  const client = new Client({
    ...connection,
    application_name: 'rollcall lock',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS_MAX,
  })
  const lost = new AbortController()
  const lose = (): void => {
    const detail = 'the connection that holds the lock of this list broke'
    lost.abort(new RollcallError('database_unavailable', { detail }, { passing: true }))
  }
  client.on('error', lose)
  client.on('end', lose)
  const letGo = async (): Promise<void> => {
    client.off('end', lose)
    await client.end().catch(() => {})
  }
  try {
    await client.connect()
    await client.query(NOTICE_THE_DEAD)
    if (await pollUntilTaken(client, name, waitMs)) return { lost: lost.signal, release: letGo }
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
