import { Socket } from 'node:net'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { Pool, TypeOverrides } from 'pg'
import type { Client, ClientBase, PoolClient, PoolConfig } from 'pg'
import type { Connection } from '../base/postgres-client.ts'
import { inPlainWords } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'
import { NOTICE_THE_DEAD } from './keepalive.ts'

const POOL_MAX = 8
const BIGINT_OID = 20
/** Also the longest wait for one of the pool's connections. */
const CONNECT_MS_MAX = 30_000
const KEEP_ALIVE_AFTER_MS = 10_000

/** Our counts are far below 2^53. */
export function numbersForCounts(): TypeOverrides {
  const types = new TypeOverrides()
  types.setTypeParser(BIGINT_OID, Number)
  return types
}

export interface SharedPool extends PostgresPool {
  /**
   * Breaks every connection. Where the network swallows everything, a caller would wait for its answer for a quarter of
   * an hour.
   */
  readonly hangUp: () => void
}

/** A small pool for Kysely. Connections that break are reported as `database_unavailable`, and replaced. */
export function createPool(connection: Connection, kind: DatabaseKind): SharedPool {
  const sockets = new Set<Socket>()
  const pool = new Pool({
    ...(connection as PoolConfig),
    max: POOL_MAX,
    types: numbersForCounts(),
    connectionTimeoutMillis: CONNECT_MS_MAX,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    stream: () => {
      const socket = new Socket()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
    // oxlint-disable-next-line typescript/no-misused-promises -- it is awaited, although the type does not say so
    onConnect: (client: ClientBase) => client.query(NOTICE_THE_DEAD),
  })
  pool.on('error', () => {})
  // Between two statements of a transaction no one else listens, and a break would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  const known = new WeakMap<PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    connect: async () => {
      try {
        const client = await pool.connect()
        const release = (destroy?: boolean): void => client.release(destroy)
        const found = known.get(client) ?? { query: speakPlainly(client, kind), release }
        known.set(client, found)
        return found
      } catch (error) {
        throw inPlainWords(error, kind)
      }
    },
    end: () => pool.end(),
    hangUp: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** The one connection as a pool for Kysely: users have it in turn, and no other ever takes its place. */
export function poolOfOne(client: Client, kind: DatabaseKind): PostgresPool {
  const query = speakPlainly(client, kind)
  let last: Promise<void> = Promise.resolve()
  return {
    options: {},
    connect: async () => {
      const before = last
      const turn = Promise.withResolvers<void>()
      last = turn.promise
      await before
      const release = (destroy = false): void => {
        if (destroy) client.connection.stream.destroy()
        turn.resolve()
      }
      return { query, release }
    },
    end: async () => {},
  }
}

function speakPlainly(client: Client, kind: DatabaseKind): PostgresPoolClient['query'] {
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    try {
      return await client.query(text, values)
    } catch (error) {
      throw inPlainWords(error, kind)
    }
  }
  return query as PostgresPoolClient['query']
}
