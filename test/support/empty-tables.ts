import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Empties these tables and all that name them, receipts too, which the database gives up for nothing else. */
export async function emptyTables<Schema>(db: Kysely<Schema>, tables: readonly string[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await sql`truncate ${sql.join(tables.map((table) => sql.table(table)))} cascade`.execute(tx)
  })
}
