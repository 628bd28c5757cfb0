import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'

/** The database of a real home, as the version made it whose newest migration is `version`; and what that version said of it. */
export interface StoredHome {
  readonly version: string
  /** Rows by table. */
  readonly tables: Readonly<Record<string, readonly object[]>>
  readonly answers: unknown
}

const FOLDER = import.meta.dirname

/** The versions that a home is kept of. */
export const keptVersions: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.replace('.jsonl', ''))

/** One line for the version with what it said, and one for each row. */
export async function writeHome(
  { version, tables, answers }: StoredHome,
  cleaned: (text: string) => string,
): Promise<void> {
  const rows = Object.entries(tables).flatMap(([table, all]) => all.map((row) => ({ table, row })))
  const lines = [{ version, answers }, ...rows].map((line) => `${JSON.stringify(line)}\n`)
  await writeFile(join(FOLDER, `${version}.jsonl`), cleaned(lines.join('')))
}

export function readHome(version: string): StoredHome {
  const [first = '{}', ...rows] = readFileSync(join(FOLDER, `${version}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  const { answers } = JSON.parse(first) as Pick<StoredHome, 'answers'>
  const tables: Record<string, object[]> = {}
  for (const text of rows) {
    const { table, row } = JSON.parse(text) as { table: string; row: object }
    tables[table] = [...(tables[table] ?? []), row]
  }
  return { version, tables, answers }
}

/** Fills a database that the migrations up to the home's version have made. */
export async function loadHome(client: Client, { tables }: StoredHome): Promise<void> {
  await client.query('begin')
  // Tables name each other, and no rule of the database is to change what was stored.
  await client.query('set local session_replication_role = replica')
  for (const [table, rows] of Object.entries(tables)) {
    await client.query(`delete from ${table}`)
    await client.query(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows)],
    )
  }
  await client.query('commit')
}
