import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** What the console reads often, of each list and orchestration newest first: see `newest-first.ts`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `drop index workflow_by_list`,
  `drop index workflow_by_orchestration`,
  `create index workflow_by_list on workflow (list_id, (-number))`,
  `create index workflow_by_orchestration on workflow (orchestration_id, (-number))`,
  `create index change_set_by_list on change_set (list_id, (-number))`,
]
