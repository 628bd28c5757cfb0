import { maskEmail } from '../../audience/mask.ts'
import type { FileRows } from '../../source/source.ts'
import { judge } from '../records/prepare-records.ts'
import { spoolHead } from '../spool.ts'
import type { RawValue, Records } from '../records/record.ts'
import { emailIndexOf } from './email-index.ts'
import { queryFailed } from './errors.ts'
import { lockedQuery } from './locked-query.ts'
import { parquetEmailColumn } from './parquet-column.ts'
import { isQueried } from './query.ts'
import { csvScan, parquetScan } from './scan-sql.ts'
import { withSession } from './session.ts'
import type { Session } from './session.ts'
import { literal } from './sql.ts'
import { fileRecords } from './table-records.ts'
import type { ReadOptions } from './table-records.ts'
import { hashSql } from './verdict-sql.ts'

/** A sample is not worth a second reading of a very large source: whatever is not found in this time is not shown. */
const SEARCH_MS_MAX = 1_500
/** Hashes taken from each bucket; the source is read until enough of them are met. */
const HASHES_A_BUCKET = 64

export interface ArrivalOptions extends ReadOptions {
  readonly hashed: boolean
  readonly spoolDir: string
  readonly count: number
}

/** Up to `count` masked addresses of the spool's adds, found by reading the files again. */
export async function sampleOfFiles(rows: FileRows, options: ArrivalOptions): Promise<string[]> {
  const wanted = await spoolHead(options.spoolDir, 'add', HASHES_A_BUCKET)
  if (wanted.length === 0 || options.count <= 0) return []
  const timeUp = AbortSignal.timeout(SEARCH_MS_MAX)
  try {
    const signal = AbortSignal.any([options.signal, timeUp])
    const values = await find(rows, wanted, { ...options, signal })
    return values.map(maskEmail)
  } catch (error) {
    if (timeUp.aborted && !options.signal.aborted) return []
    throw error
  }
}

async function find(rows: FileRows, wanted: readonly string[], options: ArrivalOptions): Promise<string[]> {
  try {
    return await withSession(options, (session) => findFast(session, rows, wanted, options))
  } catch (error) {
    options.signal.throwIfAborted()
    if (rows.query !== null) throw queryFailed(error, 'The query')
    return findExactly(fileRecords(rows, options), new Set(wanted), options)
  }
}

async function findFast(
  session: Session,
  rows: FileRows,
  wanted: readonly string[],
  { limits, hashed, count }: ArrivalOptions,
): Promise<string[]> {
  // Otherwise the few rows that pass a filter are gathered until there are many, and all is read for five.
  await session.run('SET enable_caching_operators = false')
  const scans: string[] = []
  if (isQueried(rows))
    scans.push(await lockedQuery(session, rows, { lineBytesMax: limits.fieldBytesMax, outputDir: null }))
  else
    for (const table of rows.tables) {
      if (table.format === 'json') throw new Error('JSON is read exactly')
      if (table.format === 'csv') scans.push(csvScan(table, emailIndexOf(table), limits.fieldBytesMax))
      else scans.push(parquetScan(table, await parquetEmailColumn(session, table, rows.emailColumn)))
    }
  const found = await session.run(`SELECT v FROM (${hashSql(scans.join(' UNION ALL '), hashed)})
    WHERE good AND h IN (${wanted.map(literal).join(', ')}) LIMIT ${count}`)
  return found.map(([value]) => String(value))
}

async function findExactly(
  records: Records,
  wanted: ReadonlySet<string>,
  options: ArrivalOptions,
): Promise<string[]> {
  const found: string[] = []
  for await (const values of records)
    for (const value of values) {
      if (typeof value === 'string' && isWanted(value, wanted, options.hashed)) found.push(value)
      if (found.length === options.count) return found
    }
  return found
}

function isWanted(value: RawValue, wanted: ReadonlySet<string>, hashed: boolean): boolean {
  const verdict = judge(value, hashed)
  return 'hash' in verdict && wanted.has(verdict.hash)
}
