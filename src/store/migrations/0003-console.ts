import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** What the console reads often: the members of a list over time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`create index change_set_by_list on change_set (list_id, number desc)`).execute(db)
}
