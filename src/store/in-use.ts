import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import { listed } from '../base/words.ts'

/** Names of sessions, by which it is known what a process does with the database. */
export const QUEUE_SESSION = 'rollcall queue'
export const LOCK_SESSION = 'rollcall lock'

const uses: Readonly<Record<string, string>> = {
  [QUEUE_SESSION]: 'as a service',
  [LOCK_SESSION]: 'for a run',
}

const POLL_MS = 100

/**
 * Makes sure that no process works with the tables, which are about to change: it would go on with what it knows of them. Waits up to
 * `waitMs`, since the sessions of a process that has just ended take a moment to end. Error: `older_version_running`.
 */
export async function refuseInUse(db: Kysely<unknown>, waitMs: number): Promise<void> {
  const deadlineMs = performance.now() + waitMs
  for (;;) {
    const names = await sessionsOf(db)
    if (names.length === 0) return
    if (performance.now() >= deadlineMs) {
      const detail = listed(names.map((name) => uses[name] ?? name))
      throw new RollcallError('older_version_running', { detail })
    }
    await sleep(POLL_MS)
  }
}

async function sessionsOf(db: Kysely<unknown>): Promise<string[]> {
  // Within a transaction, what was seen first is seen ever after.
  await sql`select pg_stat_clear_snapshot()`.execute(db)
  const { rows } = await sql<{ name: string }>`
    select distinct application_name as name from pg_stat_activity
    where datname = current_database() and application_name = any(${Object.keys(uses)}::text[])
    order by name desc`.execute(db)
  return rows.map(({ name }) => name)
}
