import { dirname } from 'node:path'
import type { InvalidReason } from '../../audience/email.ts'
import type { FileRows } from '../../source/source.ts'
import { Fault } from '../records/record.ts'
import type { RawValue } from '../records/record.ts'
import type { Tally } from '../records/tally.ts'
import { queryFailed } from './errors.ts'
import { lockedQuery } from './locked-query.ts'
import type { QueriedRows } from './locked-query.ts'
import type { TableOptions } from './prepare-table.ts'
import { openSession, withSession } from './session.ts'
import type { Session } from './session.ts'
import { settleStage, stageSql } from './stage-sql.ts'
import { inOrder } from './stream-texts.ts'
import type { ReadOptions } from './table-records.ts'

export function isQueried(rows: FileRows): rows is QueriedRows {
  return rows.query !== null
}

const SUBJECT = 'The query'

/** Stages the result of the user's query into `folder`. Lines of the files that it could not be given are counted as well. */
export async function prepareQuery(rows: QueriedRows, folder: string, options: TableOptions): Promise<Tally> {
  const { limits, hashed, onShare, signal } = options
  try {
    return await withSession(options, async (session) => {
      const result = await lockedQuery(session, rows, {
        lineBytesMax: limits.fieldBytesMax,
        outputDir: dirname(folder),
      })
      await session.run(stageSql(result, hashed, folder), onShare)
      const tally = await settleStage(folder)
      for (const [reason, count] of await unreadLines(session)) tally.invalid(reason, count)
      return tally
    })
  } catch (error) {
    signal.throwIfAborted()
    throw queryFailed(error, SUBJECT)
  }
}

/** The result of the user's query in order, and after it the lines it could not be given. */
export async function* queryRecords(
  rows: QueriedRows,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  const session = await openSession({ ...options, settings: inOrder })
  try {
    yield* session.texts(
      await lockedQuery(session, rows, { lineBytesMax: options.limits.fieldBytesMax, outputDir: null }),
    )
    for (const [reason, count] of await unreadLines(session))
      yield Array.from({ length: count }, () => new Fault(reason))
  } catch (error) {
    options.signal.throwIfAborted()
    throw queryFailed(error, SUBJECT)
  } finally {
    await session.close()
  }
}

/** Lines of CSV files that were left out, by their reason; each once, however often a query reads the files. */
async function unreadLines(session: Session): Promise<[InvalidReason, number][]> {
  const tables = await session.run("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'")
  if (tables.length === 0) return []
  const rows = await session.run(`SELECT reason, count(*) FROM (
      SELECT min(CASE error_type WHEN 'INVALID ENCODING' THEN 'bad_encoding' WHEN 'MISSING COLUMNS' THEN 'ragged_line'
        WHEN 'TOO MANY COLUMNS' THEN 'ragged_line' ELSE 'broken_line' END) AS reason
      FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path, line) GROUP BY reason ORDER BY reason`)
  return rows.map(([reason, count]) => [reason as InvalidReason, Number(count)])
}
