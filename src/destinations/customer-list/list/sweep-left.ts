import type { Kysely } from 'kysely'
import type { Engine } from '../../../engines/contract.ts'
import { namedReferences } from '../../../ledger/lists.ts'
import type { Tables } from '../../../store/schema.ts'
import { keptOf } from './references.ts'

/** Deletes what the engine keeps here of work that has ended or goes on elsewhere, unless it is younger than `ageMs`. */
export async function sweepLeft(engine: Engine, db: Kysely<Tables>, ageMs: number): Promise<void> {
  await engine.sweepLeft({
    ageMs,
    kept: async (listIds) => {
      const named = await namedReferences(db, listIds)
      return new Map([...named].map(([listId, references]) => [listId, keptOf(references)]))
    },
    running: (ids) => workflowsAmong(db, ids, { state: 'running' }),
  })
}

/** Those of these workflows that are so. */
export async function workflowsAmong(
  db: Kysely<Tables>,
  ids: readonly string[],
  wanted: { readonly state: 'running' } | { readonly subject: string },
): Promise<string[]> {
  const column = 'state' in wanted ? 'state' : 'subject'
  const value = 'state' in wanted ? wanted.state : wanted.subject
  const rows = await db
    .selectFrom('workflow')
    .select('id')
    .where('id', 'in', ids)
    .where(column, '=', value)
    .execute()
  return rows.map(({ id }) => id)
}
