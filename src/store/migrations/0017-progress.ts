import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** How far the running task of a workflow is, which changes every second, has a row of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table workflow_progress (
    workflow_id text primary key references workflow on delete cascade,
    task text not null,
    done bigint not null,
    total bigint,
    unit text not null
  )`.execute(db)
}
