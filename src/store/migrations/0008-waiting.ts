import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** When a task is tried again, and how long a workflow has waited for a person, which is no part of how long it took. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table task add column next_try_at timestamptz`,
  `alter table workflow add column waited_ms bigint not null default 0`,
]
