import { Client } from 'pg'
import type { ClientConfig } from 'pg'

/**
 * A client that knows nothing but its configuration. The driver fills in whatever is missing from the `PG*` variables of the process,
 * which are meant for other connections: `PGOPTIONS` or `PGSSLMODE` would break this one, and `PGPASSWORD` would be sent to any server
 * that a data source names.
 */
export class PlainClient extends Client {
  constructor(config?: ClientConfig) {
    const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('PG'))
    for (const [name] of hidden) delete process.env[name]
    try {
      super(config)
    } finally {
      Object.assign(process.env, Object.fromEntries(hidden))
    }
  }
}

/** How to connect, and with which client if not the driver's own; a pool of the driver takes both together. */
export type Connection = ClientConfig & { readonly Client?: typeof Client }

/** A client of this connection, with settings of its own. */
export function clientOf(connection: Connection, settings: ClientConfig = {}): Client {
  return new (connection.Client ?? Client)({ ...connection, ...settings })
}
