import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { OwnDatabase } from '../base/own-database.ts'
import type { DatabaseKind } from './connection-errors.ts'
import type { Tables } from './schema.ts'

/** What tells Rollcall's own database from every other, so that no data source reads from it. */
export async function ownDatabaseOf(db: Kysely<Tables>, kind: DatabaseKind): Promise<OwnDatabase> {
  const { rows } = await sql<{ marker: string; role: string }>`
    select description as marker, current_user as role from pg_description
    where objoid = 'lock_lease'::regclass and objsubid = 0`.execute(db)
  const [row] = rows
  if (row === undefined) throw new TypeError('the database has no marker')
  return { ...row, systemId: await systemIdOf(db), isShared: kind === 'url' }
}

/** Null where an administrator keeps the function from ordinary users. */
async function systemIdOf(db: Kysely<Tables>): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select system_identifier::text as id from pg_control_system()`
    .execute(db)
    .catch(() => ({ rows: [] }))
  return rows[0]?.id ?? null
}
