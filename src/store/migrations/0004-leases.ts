import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Leases of locks, and a marker by which this database is known wherever it is reached from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table lock_lease (
      name text primary key,
      fence bigint not null,
      pid integer not null,
      server text not null,
      expires_at timestamptz not null
    )`.execute(db)
  // Every role may read comments, whatever tables it may read.
  await sql`comment on table lock_lease is ${sql.lit(`rollcall ${randomUUID()}`)}`.execute(db)
}
