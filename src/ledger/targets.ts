import type { Insertable, Kysely } from 'kysely'
import type { Tables, TargetTable } from '../store/schema.ts'

/** What orchestrations write to, whatever the kind of their destination. */

/** The id of the target with this kind and key. It is made, with the id and name that are given, when it is not there yet. */
export async function openTarget(db: Kysely<Tables>, target: Insertable<TargetTable>): Promise<string> {
  await db
    .insertInto('target')
    .values(target)
    .onConflict((conflict) => conflict.columns(['kind', 'key']).doNothing())
    .execute()
  const { id } = await db
    .selectFrom('target')
    .select('id')
    .where('kind', '=', target.kind)
    .where('key', '=', target.key)
    .executeTakeFirstOrThrow()
  return id
}
