import { kinds } from '../objects/kinds.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Client } from 'pg'
import { clientOf } from '../base/postgres-client.ts'
import type { Connection } from '../base/postgres-client.ts'
import { unavailable } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'
import { NOTICE_THE_DEAD } from './keepalive.ts'
import type { Tables } from './schema.ts'

/**
 * Live events: what changed, told to every process that shares the database. An event says only which row to read again;
 * a listener that misses some loses nothing but time.
 */

export const liveEventTypes = ['notification', 'workflow', ...kinds, 'alert'] as const

export type LiveEventType = (typeof liveEventTypes)[number]

/** Who may do what has changed: servers look again who listens to them, and tell no one. */
export const accessEventTypes = ['user', 'api_key', 'session'] as const

export type AccessEventType = (typeof accessEventTypes)[number]

export interface LiveEvent {
  readonly type: LiveEventType
  readonly id: string
  /** When it happened, as ISO text. */
  readonly at?: string
}

/** Concerns a user, a key or a sign-in; never sent to anyone. */
export interface AccessEvent {
  readonly type: AccessEventType
  readonly id: string
}

export type StoreEvent = LiveEvent | AccessEvent

export function isAccessEvent(event: { readonly type: string }): event is AccessEvent {
  return accessEventTypes.some((type) => type === event.type)
}

const CHANNEL = 'rollcall'

/**
 * Tells an event to everyone who listens. Within a transaction it goes out when that commits, and never when it does not; the same event
 * then goes out once.
 */
export async function publish(db: Kysely<Tables>, event: StoreEvent): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${JSON.stringify(event)})`.execute(db)
}

/** Neither callback may throw. */
export interface ListenOptions {
  readonly onEvent: (event: StoreEvent) => void
  /** Events may have been missed while the connection was broken: what is shown is read anew. */
  readonly onGap: () => void
  readonly signal: AbortSignal
}

export interface ListenTiming {
  /** Pause between two signs of life that are asked of the server, and the longest wait for one. */
  readonly heartbeatMs: number
  readonly heartbeatWaitMs: number
  /** First pause before a broken connection is made again; doubles up to the longest. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

const TIMING: ListenTiming = {
  heartbeatMs: 15_000,
  heartbeatWaitMs: 10_000,
  backoffMs: 100,
  backoffMsMax: 5_000,
}

const CONNECT_MS_MAX = 10_000

interface Connected {
  readonly client: Client
  /** Aborts when the connection breaks. */
  readonly broken: AbortSignal
}

interface Target {
  readonly connection: Connection
  readonly kind: DatabaseKind
}

/**
 * Listens on a connection of its own until `signal` ends it. Resolves when events come in; a connection that breaks later, or
 * whose server gives no sign of life, is made again for as long as it takes. Error: `database_unavailable` when the
 * first connection fails.
 */
export async function listen(
  target: Target,
  options: ListenOptions,
  timing: ListenTiming = TIMING,
): Promise<{ readonly ended: Promise<void> }> {
  try {
    const first = await connect(target, options, timing)
    return { ended: keepListening(first, target, options, timing) }
  } catch (error) {
    throw unavailable(error, target.kind)
  }
}

async function keepListening(
  first: Connected,
  target: Target,
  options: ListenOptions,
  timing: ListenTiming,
): Promise<void> {
  for (let connected: Connected | null = first; connected !== null;) {
    await untilBroken(connected, options.signal, timing)
    await connected.client.end().catch(() => {})
    connected = await reconnect(target, options, timing)
    if (connected !== null) options.onGap()
  }
}

/** Null when the signal ended it first. */
async function reconnect(
  target: Target,
  options: ListenOptions,
  timing: ListenTiming,
): Promise<Connected | null> {
  const { signal } = options
  for (let waitMs = timing.backoffMs; ; waitMs = Math.min(timing.backoffMsMax, waitMs * 2)) {
    // Processes that lost the server at the same moment come back at different ones.
    await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => null)
    if (signal.aborted) return null
    const connected = await connect(target, options, timing).catch(() => null)
    if (connected !== null) return connected
  }
}

async function connect(target: Target, options: ListenOptions, timing: ListenTiming): Promise<Connected> {
  const client = clientOf(target.connection, {
    application_name: 'rollcall events',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: timing.heartbeatWaitMs,
  })
  const broken = new AbortController()
  client.on('error', () => broken.abort())
  client.on('end', () => broken.abort())
  client.on('notification', ({ payload }) => {
    const event = options.signal.aborted ? null : parseEvent(payload ?? '')
    if (event !== null) options.onEvent(event)
  })
  try {
    await client.connect()
    // A listener that is gone, but not for the server, would in time fill the server's queue of events.
    await client.query(NOTICE_THE_DEAD)
    await client.query(`listen ${CHANNEL}`)
    return { client, broken: broken.signal }
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** Resolves when the connection is broken, when the server gives no sign of life any more, or when `signal` ends it. */
async function untilBroken(
  { client, broken }: Connected,
  signal: AbortSignal,
  { heartbeatMs }: ListenTiming,
): Promise<void> {
  const ended = AbortSignal.any([broken, signal])
  while (!ended.aborted) {
    await sleep(heartbeatMs, undefined, { signal: ended }).catch(() => null)
    if (ended.aborted) return
    const isAlive = await client.query('select 1').then(
      () => true,
      () => false,
    )
    if (!isAlive) return
  }
}

/** Null for what a later version may send. */
function parseEvent(payload: string): StoreEvent | null {
  try {
    const { type, id, at } = JSON.parse(payload) as { type?: unknown; id?: unknown; at?: unknown }
    if (typeof id !== 'string') return null
    const about = accessEventTypes.find((name) => name === type)
    if (about !== undefined) return { type: about, id }
    const known = liveEventTypes.find((name) => name === type)
    if (known === undefined) return null
    return typeof at === 'string' ? { type: known, id, at } : { type: known, id }
  } catch {
    return null
  }
}
