import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, listValue, LIST, VARCHAR } from '@duckdb/node-api'

const emailSql: Record<string, string> = { bytes: 'encode(v)', 'bad bytes': 'encode(v)', nothing: 'NULL' }

/** A Parquet file with a column `email` of texts, of bytes without a type, or of nothing without a type, and another column. */
export async function writeRows(
  kind: string,
  values: readonly (string | null)[],
  extra: string,
): Promise<Buffer> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-parquet-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const path = join(dir, 'rows.parquet')
    const bad = kind === 'bad bytes' ? String.raw`UNION ALL SELECT '\xff'::BLOB, 1` : ''
    await connection.run(
      `COPY (SELECT ${emailSql[kind] ?? 'v'} AS email, 1 AS ${extra} FROM (SELECT unnest($1) AS v) ${bad}) TO '${path}' (FORMAT parquet)`,
      [listValue([...values])],
      [LIST(VARCHAR)],
    )
    return await readFile(path)
  } finally {
    connection.closeSync()
    instance.closeSync()
    await rm(dir, { recursive: true, force: true })
  }
}
