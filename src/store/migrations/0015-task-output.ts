import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** In which form a task has left its output, and whether a person skipped it. All outputs that there are have the first form. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Constant defaults are kept once for all rows that there are, so that none is written anew.
  await sql`alter table task
    add column output_version integer not null default 1,
    add column skipped boolean not null default false`.execute(db)
}
