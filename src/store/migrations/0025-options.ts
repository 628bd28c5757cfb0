import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** An orchestration has the options that the kind of its destination declares: those that there are so far are of customer lists. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table orchestration add column options jsonb not null default '{}'`,
  `update orchestration set options = jsonb_build_object(
      'adopt', adopt, 'sendAdditionsFirst', send_additions_first)
    from destination where destination.id = destination_id and destination.kind = 'customer_list'`,
  `alter table orchestration drop column adopt, drop column send_additions_first`,
]
