import { sql } from 'kysely'
import type { Service } from './support.ts'

/** All that is stored, but for when somebody was last seen and which requests are under way. */
export async function everythingStored({ platform }: Service): Promise<string> {
  const { db } = platform.store
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1
  `.execute(db)
  const digests = tables.rows.map(
    ({ name }) => sql`select ${name} as name, count(*) as rows,
      md5(string_agg((to_jsonb(t) - 'last_used_at' - 'seen_at')::text, ' ' order by to_jsonb(t)::text)) as digest
      from ${sql.table(name)} t`,
  )
  const found = await sql`${sql.join(digests, sql` union all `)} order by name`.execute(db)
  return JSON.stringify(found.rows, null, 1)
}
