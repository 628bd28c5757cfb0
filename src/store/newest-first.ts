import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/**
 * The order, newest first, among the rows of one owner: of the workflows of a list or an orchestration, of the change sets of a
 * list. Each has an index on owner and this expression. By the plain number, PostgreSQL may walk back through the rows of all
 * owners, which it expects to meet the wanted one soon and does not for an owner of none.
 */
export function newestFirst(table: string): RawBuilder<number> {
  return sql<number>`(-${sql.ref(`${table}.number`)})`
}
