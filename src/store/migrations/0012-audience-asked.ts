import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Since when a request to make the audience of a list may be on its way. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table customer_list add column audience_asked_at timestamptz`.execute(db)
}
