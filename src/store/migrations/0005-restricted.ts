import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * Who wrote a draft, whether the active text was read by a person who may view personal data, and the columns of a data source
 * that hold none. Texts that were activated before count as not read: no one knows by whom.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table query add column draft_by text`,
  `alter table query add column draft_at timestamptz`,
  `alter table query add column active_reviewed boolean not null default false`,
  `alter table data_source add column open_columns jsonb not null default '[]'`,
]
