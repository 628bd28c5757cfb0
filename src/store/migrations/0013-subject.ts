import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * A workflow has a subject, which its kind knows: a customer list, something else, or nothing. It may be the child of another workflow.
 * Its workspace is given when it is recorded. Nothing is written anew, however long the history is.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table workflow drop constraint workflow_list_id_fkey`,
  `alter table workflow rename column list_id to subject`,
  `alter index workflow_by_list rename to workflow_by_subject`,
  // A new column without a value needs no check of the rows that there are.
  `alter table workflow add column parent text references workflow on delete set null`,
  `create index workflow_by_parent on workflow (parent, number) where parent is not null`,
  // From now on a workflow without a workspace is refused, not one of production by chance.
  `alter table workflow alter column workspace drop default`,
]
