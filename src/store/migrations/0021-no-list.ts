import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** An orchestration has a customer list if its destination's kind keeps one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table orchestration alter column list_name drop not null, alter column list_id drop not null`.execute(
    db,
  )
}
