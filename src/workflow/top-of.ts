import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** The topmost workflow that the one of each row is part of; itself for one that is no part. */
export function topOf(table: string): RawBuilder<string> {
  return ofTop(table, sql`id`)
}

/** The name of that, which it has if there is, or was, an orchestration. */
export function nameOfTop(table: string): RawBuilder<string | null> {
  return ofTop(table, sql`name`)
}

function ofTop<T>(table: string, column: RawBuilder<unknown>): RawBuilder<T> {
  const row = sql.ref(table)
  return sql<T>`(case when ${row}.parent is null then ${row}.${column} else (
    with recursive above(id, parent, name) as (
      select ${row}.id, ${row}.parent, ${row}.name
      union all select workflow.id, workflow.parent, workflow.name
        from workflow join above on workflow.id = above.parent
    ) select ${column} from above where parent is null) end)`
}
