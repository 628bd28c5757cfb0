import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migration } from 'kysely/migration'
import { migrations } from '../../src/store/migrate.ts'
import { createPool } from '../../src/store/pool.ts'
import type { Tables } from '../../src/store/schema.ts'

/** Migrations of a database as they happen, or break off. */

export function connect(url: string): Kysely<Tables> {
  const pool = createPool({ connectionString: url }, 'url')
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/** All migrations up to this one, as the version had them that ended with it. */
export function migrationsUpTo(last: string): Readonly<Record<string, Migration>> {
  return Object.fromEntries(Object.entries(migrations).filter(([name]) => name <= last))
}

/** Brings the database to where that version had it. */
export async function migrateTo(url: string, last: string): Promise<void> {
  const error = await run(url, migrationsUpTo(last))
  if (error !== undefined) throw error
}

/**
 * Migrates to the newest schema in a process whose connection dies after so many statements of the migrations that `isCounted` names;
 * gives whether it came to its end.
 */
export async function migrateUntil(
  url: string,
  count: number,
  isCounted: (name: string) => boolean,
): Promise<boolean> {
  let left = count
  const dying = Object.entries(migrations).map(([name, migration]) => {
    const dies = async (db: Kysely<unknown>): Promise<void> => {
      const executor = db.withPlugin({
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          left -= 1
          if (left === 0) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(db)
          return result
        },
      })
      await migration.up(executor)
    }
    return [name, isCounted(name) ? { up: dies } : migration] as const
  })
  return (await run(url, Object.fromEntries(dying))) === undefined
}

async function run(url: string, known: Readonly<Record<string, Migration>>): Promise<unknown> {
  const db = connect(url)
  try {
    const provider = { getMigrations: async () => ({ ...known }) }
    return (await new Migrator({ db, provider }).migrateToLatest()).error
  } finally {
    await db.destroy().catch(() => {})
  }
}
