import { sql } from 'kysely'
import type { RawBuilder, UpdateObject } from 'kysely'
import { unlessTaken } from '../store/unless-taken.ts'
import { withArticle } from '../base/words.ts'
import { holds } from '../store/pages.ts'
import type { Page } from '../store/pages.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { nounOf } from '../objects/noun.ts'
import type { Kind } from '../objects/kinds.ts'
import type { ConfiguredTables } from '../store/schema.ts'
import type { Db } from './tenant.ts'

/** What all configured things have in common: a name of their own, a version that rises, and users that hold them. */

/** `orHidden` goes on with the sentence for people from whom it may be hidden. */
export function notFound(table: Kind, id: string, orHidden = ''): RollcallError {
  return new RollcallError('not_found', { what: `${nounOf(table)} ${id}${orHidden}` })
}

interface ColumnRow {
  readonly id: string
  readonly version: number
}

/**
 * Saves `set` if no one saved since `version` was read, and raises the version. Errors: `not_found`, `changed_meanwhile`,
 * `name_taken`.
 */
export async function updateVersioned<Table extends Kind>(
  db: Db,
  table: Table,
  { id, version }: ColumnRow,
  set: UpdateObject<ConfiguredTables, Table>,
): Promise<void> {
  // All these tables have these columns, which the type of a table that is not known cannot say.
  const values = { ...set, version: sql<number>`version + 1`, updated_at: sql<Date>`now()` }
  const updated = await named(table, () =>
    db
      .updateTable(table as 'credential')
      .set(values as UpdateObject<ConfiguredTables, 'credential'>)
      .where('id', '=', id)
      .where('version', '=', version)
      .returning('id')
      .executeTakeFirst(),
  )
  if (updated !== undefined) return
  const found = await db
    .selectFrom(table as 'credential')
    .select('name')
    .where('id', '=', id)
    .executeTakeFirst()
  if (found === undefined) throw notFound(table, id)
  throw new RollcallError('changed_meanwhile', { what: `${nounOf(table)} "${found.name}"` })
}

/**
 * Does `work`; what it inserts or renames must have a name of its own, and what it refers to must still be there. Errors:
 * `name_taken`, `not_found`.
 */
export async function named<T>(table: Kind, work: () => Promise<T>): Promise<T> {
  const detail = `${withArticle(nounOf(table))} with this name already exists. Choose another name.`
  try {
    return await unlessTaken(`${table}_name_key`, detail, work)
  } catch (error) {
    if (!isReference(error)) throw error
    const what = `longer what this ${nounOf(table)} uses: another user just deleted it`
    throw new RollcallError('not_found', { what }, { cause: error })
  }
}

const FOREIGN_KEY_VIOLATION = '23503'

function isReference(error: unknown): boolean {
  return (Object(error) as { code?: unknown }).code === FOREIGN_KEY_VIOLATION
}

/** Deletes what no one uses. Errors: `not_found`, `in_use` with the names of those who do; null for one that is not seen. */
export async function deleteUnused(
  db: Db,
  table: Kind,
  row: { readonly id: string; readonly name: string },
  users: readonly { readonly kind: string; readonly name: string | null }[],
): Promise<void> {
  if (users.length > 0) {
    const known = users.filter(({ name }) => name !== null).slice(0, USERS_NAMED_MAX)
    const shown = known.map(({ kind, name }) => `${kind} "${name}"`).join(', ')
    const rest = users.length - known.length
    const more = shown === '' ? `${rest} that you may not see` : `${shown} and ${rest} more`
    throw new RollcallError('in_use', {
      what: `${nounOf(table)} "${row.name}"`,
      users: rest === 0 ? shown : more,
    })
  }
  try {
    const deleted = await db
      .deleteFrom(table as 'credential')
      .where('id', '=', row.id)
      .returning('id')
      .executeTakeFirst()
    if (deleted === undefined) throw notFound(table, row.id)
  } catch (error) {
    if (!isReference(error)) throw error
    const what = `${nounOf(table)} "${row.name}"`
    throw new RollcallError('in_use', { what, users: 'an object that was just saved' }, { cause: error })
  }
}

const USERS_NAMED_MAX = 10

/** The condition of one page of a table that is ordered by name. */
export function onPage(table: Kind, { cursor, search }: Page): RawBuilder<boolean> {
  const columns = table === 'orchestration' ? ['name', 'list_name'] : ['name', 'description']
  const found = holds(
    search,
    columns.map((column) => `${table}.${column}`),
  )
  return cursor === null ? found : sql<boolean>`(${sql.ref(`${table}.name`)} > ${cursor} and ${found})`
}
