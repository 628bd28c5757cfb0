import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** A change set names its change as the engine does, so that how the local engine keeps changes is that engine's own affair. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table change_set add column change_ref text`.execute(db)
  await sql`
    update change_set set change_ref = json_build_object(
      'set', desired_snapshot, 'adds', adds_by_bucket, 'removes', removes_by_bucket
    )::text`.execute(db)
  await sql`
    alter table change_set
      alter column change_ref set not null,
      drop column adds_by_bucket,
      drop column removes_by_bucket`.execute(db)
}
