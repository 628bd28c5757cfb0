import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** A destination has a kind, which knows its settings: those that there are so far keep a customer list in an ad account. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table destination add column kind text, add column settings jsonb, add column sealed text`,
  `update destination set kind = 'customer_list', settings = jsonb_build_object(
    'audiencePrimaryKey', primary_key, 'adAccountId', ad_account_id, 'adAccountName', ad_account_name)`,
  `alter table destination
    alter column kind set not null,
    alter column settings set not null,
    drop column primary_key,
    drop column ad_account_id,
    drop column ad_account_name`,
]
