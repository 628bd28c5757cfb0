import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Which kinds of data sources there are, the code alone says. A version that knows fewer must not open what others have saved. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table data_source drop constraint data_source_kind_check`.execute(db)
}
