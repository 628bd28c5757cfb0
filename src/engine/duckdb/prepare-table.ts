import { rm } from 'node:fs/promises'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { FileRows, FileTable } from '../../source/source.ts'
import { prepareRecords } from '../records/prepare-records.ts'
import type { Tally } from '../records/tally.ts'
import { queryFailed } from './errors.ts'
import { emailIndexOf } from './email-index.ts'
import { csvScan, parquetScan } from './scan-sql.ts'
import { withSession } from './session.ts'
import type { OnShare, Session } from './session.ts'
import { settleStage, stageSql } from './stage-sql.ts'
import { tableRecords } from './table-records.ts'
import type { ReadOptions } from './table-records.ts'
import { parquetEmailColumn } from './parquet-column.ts'

export interface TableOptions extends ReadOptions {
  readonly hashed: boolean
  readonly onShare: OnShare
}

/** Stages one table of files into `folder`. */
export async function prepareTable(
  table: FileTable,
  rows: FileRows,
  folder: string,
  options: TableOptions,
): Promise<Tally> {
  if (table.format === 'json') return prepareExactly(table, rows, folder, options)
  if (table.format === 'parquet') return prepareParquet(table, rows, folder, options)
  try {
    const scan = csvScan(table, emailIndexOf(table), options.limits.fieldBytesMax)
    return await withSession(options, (session) => stage(session, scan, folder, options))
  } catch (error) {
    options.signal.throwIfAborted()
    if (isOurs(error)) throw queryFailed(error, '')
    // A line that is not as it should be stops the fast reader; the exact one counts it by its reason.
    await rm(folder, { recursive: true, force: true })
    return prepareExactly(table, rows, folder, options)
  }
}

function isOurs(error: unknown): boolean {
  return queryFailed(error, '') instanceof RollcallError && /No space left|Out of Memory/i.test(String(error))
}

async function prepareParquet(
  table: FileTable,
  rows: FileRows,
  folder: string,
  options: TableOptions,
): Promise<Tally> {
  try {
    return await withSession(options, async (session) => {
      const column = await parquetEmailColumn(session, table, rows.emailColumn)
      return stage(session, parquetScan(table, column), folder, options)
    })
  } catch (error) {
    options.signal.throwIfAborted()
    throw queryFailed(error, 'The Parquet file cannot be read')
  }
}

async function stage(
  session: Session,
  scan: string,
  folder: string,
  { hashed, onShare }: TableOptions,
): Promise<Tally> {
  await session.run(stageSql(scan, hashed, folder), onShare)
  return settleStage(folder)
}

function prepareExactly(
  table: FileTable,
  rows: FileRows,
  folder: string,
  options: TableOptions,
): Promise<Tally> {
  const { hashed, signal } = options
  return prepareRecords(tableRecords(table, rows, options), {
    hashed,
    folder,
    signal,
    onRows: () => undefined,
  })
}
