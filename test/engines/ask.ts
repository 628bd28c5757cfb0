import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultLimits } from '../../src/base/limits.ts'
import type { QueriedRows } from '../../src/engines/local/duckdb/locked-query.ts'
import { queryParts } from '../../src/engines/local/duckdb/query.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { Workbench } from './workbench.ts'

const { signal } = new AbortController()

/** What a query gives over files of these names and contents, sorted. */
export async function ask(
  files: Readonly<Record<string, string>>,
  query: string,
  emailColumn = 'email',
): Promise<string[]> {
  await using bench = await Workbench.open()
  const dir = bench.path('files')
  await mkdir(dir)
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const options = { query, emailColumn, limits: defaultLimits, signal, cwd: dir }
  const { rows } = await openSource({ ...options, from: Object.keys(files) })
  const place = { limits: defaultLimits, signal, tempDir: join(bench.dir, 'temp'), onBytes: () => undefined }
  const values: unknown[] = []
  for await (const { file, records } of queryParts(rows as QueriedRows, place))
    if (file === '') for await (const batch of records) values.push(...batch)
  return values.map(String).toSorted()
}

/** A CSV file with the addresses `a@b.test`, `b@b.test` and so on, and with these values in the column `x`. */
export const ids = (...values: string[]) =>
  `email,x\n${values.map((x, index) => `${'abcdefghijklmnop'[index]}@b.test,${x}\n`).join('')}`
/** The same as lines of JSON. */
export const jsonOf = (...values: unknown[]) =>
  values.map((x, index) => `${JSON.stringify({ email: `${'ab'[index]}@b.test`, x })}\n`).join('')
export const first = (order: string) => `SELECT email FROM input ORDER BY ${order} LIMIT 1`
export const joined = (other: string) => `SELECT email FROM input ${other}`
export const where = (condition: string) => `SELECT email FROM input WHERE ${condition}`
