import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Whose an alert is. For existing alerts, no one knows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table alert add column owner jsonb`.execute(db)
}
