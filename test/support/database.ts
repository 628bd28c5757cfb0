import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the socket of the server that `global-setup.ts` started. */
    databaseSocketDir: string
    databasePassword: string
  }
}

/** A migrated database that nobody connects to, so that it can be cloned at any time. */
export const TEMPLATE = 'rollcall_template'

export interface TestDatabase {
  /** To be used as DATABASE_URL, or with `pg`. */
  readonly url: string
  /** Ends its connections and deletes it. */
  readonly drop: () => Promise<void>
}

export interface SourceDatabase extends TestDatabase {
  /** As `url`, for its owner. */
  readonly admin: string
}

/** A database of its own for one test file: migrated, or empty. Takes about 30 ms. */
export async function createTestDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const server = { socketDir: inject('databaseSocketDir'), password: inject('databasePassword') }
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${name} template ${migrated ? TEMPLATE : 'template0'}`)
  return {
    url: urlOf(server, name),
    drop: async () => administer(server, `drop database ${name} with (force)`),
  }
}

/**
 * A database as a data source is: of a user of its own who may read, on the server that Rollcall itself may use.
 */
export async function createSourceDatabase({
  password = randomBytes(6).toString('hex'),
} = {}): Promise<SourceDatabase> {
  const server = { socketDir: inject('databaseSocketDir'), password: inject('databasePassword') }
  const database = await createTestDatabase({ migrated: false })
  const name = new URL(database.url).pathname.slice(1)
  const reader = `reader_${name}`
  await administer(server, `create role ${reader} login password '${password}' in role pg_read_all_data`)
  return {
    url: urlOf({ ...server, password }, name, reader),
    admin: database.url,
    drop: async () => {
      await database.drop()
      await administer(server, `drop role ${reader}`)
    },
  }
}

interface TestServer {
  readonly socketDir: string
  readonly password: string
}

/** The address of a database of the server that listens in this folder. */
export function urlOf({ socketDir, password }: TestServer, database: string, user = 'rollcall'): string {
  const host = encodeURIComponent(socketDir)
  return `postgres:///${database}?host=${host}&port=5432&user=${user}&password=${password}`
}

async function administer(server: TestServer, statement: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(server, 'postgres') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
