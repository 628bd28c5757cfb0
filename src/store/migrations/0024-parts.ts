import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** The workflows that are parts of another one, by names of their own, so that each is started once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table workflow_part (
    parent text not null references workflow on delete cascade,
    name text not null,
    child text not null unique references workflow on delete cascade,
    may_skip boolean not null,
    skipped_by text,
    primary key (parent, name)
  )`.execute(db)
}
