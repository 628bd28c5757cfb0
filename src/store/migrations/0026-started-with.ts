import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** A workflow begins with the action that asked for it. What is let go for that, such as a held list, is up to its kind. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table workflow rename column release_list to started_with').execute(db)
}
