import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * What orchestrations write to has a table for all kinds of destinations. A customer list is one kind's: its row keeps what is the list's,
 * and shares its id. Its kind makes the key. No id changes, so locks, history and receipts stay as they are.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create table target (
    id text primary key,
    kind text not null,
    key text not null,
    name text not null,
    created_at timestamptz not null default now(),
    unique (kind, key)
  )`,
  `insert into target (id, kind, key, name, created_at)
    select id, 'customer_list', format('[%s,%s]', to_json(ad_account_id), to_json(name)), name, created_at from customer_list`,
  `alter table customer_list add constraint customer_list_id_fkey foreign key (id) references target`,
  `alter table orchestration drop constraint orchestration_list_id_fkey`,
  `alter table orchestration rename column list_id to target_id`,
  `alter table orchestration rename constraint orchestration_list_id_key to orchestration_target_id_key`,
  `alter table orchestration add constraint orchestration_target_id_fkey foreign key (target_id) references target`,
]
