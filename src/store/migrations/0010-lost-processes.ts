import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** How many processes in a row a workflow has lost without getting further, and how far it was when it was taken over last. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table workflow
    add column lost_processes integer not null default 0,
    add column steps_done integer not null default 0`.execute(db)
}
