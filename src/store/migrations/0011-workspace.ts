import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * Everything that is configured belongs to a workspace, and so does every workflow. All that there is belongs to production. A name is
 * unique within one workspace.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const configured = ['credential', 'data_source', 'destination', 'query', 'orchestration']

const statements = [
  `create table workspace (
    id text primary key,
    created_at timestamptz not null default now()
  )`,
  `insert into workspace (id) values ('production')`,
  ...configured.flatMap((table) => [
    // A constant default is kept once for all rows that there are, so that none is written anew.
    `alter table ${table} add column workspace text not null default 'production' references workspace`,
    `alter table ${table} drop constraint ${table}_name_key`,
    `alter table ${table} add constraint ${table}_name_key unique (workspace, name)`,
    // From now on a row without a workspace is refused, not one of production by chance.
    `alter table ${table} alter column workspace drop default`,
  ]),
  `alter table workflow add column workspace text not null default 'production' references workspace`,
]
