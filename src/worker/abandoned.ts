import { sql } from 'kysely'
import type { Store } from '../store/store.ts'
import { awaitsParts } from '../workflow/parts.ts'
import { lockNameOfRow } from '../workflow/subject-lock.ts'
import { isOfWorkers } from '../workflow/workflow-store.ts'

type Db = Store['db']

/**
 * Workflows that are recorded as running while no one holds their subject's lock, or while its holder has been silent for longer than its
 * lease: their worker is gone or stopped, and its job will not be handed out again before the queue has missed it for a while. Those that
 * lost the fewest processes come first.
 */
export async function abandonedWorkflows(db: Db): Promise<string[]> {
  const rows = await abandoned(db).orderBy('workflow.lost_processes').orderBy('workflow.number').execute()
  return rows.map(({ id }) => id)
}

export async function isAbandoned(db: Db, id: string): Promise<boolean> {
  return (await abandoned(db).where('workflow.id', '=', id).executeTakeFirst()) !== undefined
}

function abandoned(db: Db) {
  const name = lockNameOfRow()
  const key = sql<string>`hashtextextended(${name}, 0)`
  const half = (bits: number) => sql`((${key} >> ${sql.lit(bits)}) & 4294967295)::oid`
  return db
    .selectFrom('workflow')
    .select('workflow.id')
    .where('workflow.state', '=', 'running')
    .where(isOfWorkers)
    .where((eb) => eb.not(awaitsParts))
    .where(
      sql<boolean>`not exists (select from pg_locks held where held.locktype = 'advisory' and held.granted
        and held.database = (select oid from pg_database where datname = current_database())
        and held.objsubid = 1 and held.classid = ${half(32)} and held.objid = ${half(0)}
        and not exists (select from lock_lease lease where lease.pid = held.pid
          and lease.name = ${name} and lease.expires_at < clock_timestamp()))`,
    )
}
