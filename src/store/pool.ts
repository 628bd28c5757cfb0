import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { Pool, TypeOverrides } from 'pg'
import type { ClientConfig, PoolClient } from 'pg'
import { inPlainWords } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'

const POOL_MAX = 8
const BIGINT_OID = 20
/** Also the longest wait for one of the pool's connections. */
const CONNECT_MS_MAX = 30_000

/** A small pool for Kysely. Connections that break are told as `database_unavailable`, and replaced. */
export function createPool(connection: ClientConfig, kind: DatabaseKind): PostgresPool {
  const types = new TypeOverrides()
  // Our counts are far below 2^53.
  types.setTypeParser(BIGINT_OID, Number)
  const pool = new Pool({ ...connection, max: POOL_MAX, types, connectionTimeoutMillis: CONNECT_MS_MAX })
  pool.on('error', () => {})
  // Between two statements of a transaction nobody else listens, and a break would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  const known = new WeakMap<PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    connect: async () => {
      try {
        const client = await pool.connect()
        const found = known.get(client) ?? speakPlainly(client, kind)
        known.set(client, found)
        return found
      } catch (error) {
        throw inPlainWords(error, kind)
      }
    },
    end: () => pool.end(),
  }
}

function speakPlainly(client: PoolClient, kind: DatabaseKind): PostgresPoolClient {
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    try {
      return await client.query(text, values)
    } catch (error) {
      throw inPlainWords(error, kind)
    }
  }
  return { query: query as PostgresPoolClient['query'], release: (error) => client.release(error) }
}
