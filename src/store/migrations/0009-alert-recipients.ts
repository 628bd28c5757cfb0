import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** What became of each recipient of an alert that did not reach all of them, so that another try leaves out those who need none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table alert_recipient (
    alert_id text not null references alert on delete cascade,
    event_id text not null,
    recipient text not null,
    refused_with integer,
    created_at timestamptz not null default now(),
    primary key (alert_id, event_id, recipient)
  )`.execute(db)
}
