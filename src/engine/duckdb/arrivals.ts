import { maskEmail } from '../../audience/mask.ts'
import type { FileRows } from '../../source/source.ts'
import { judge } from '../records/prepare-records.ts'
import { spoolHead } from '../spool.ts'
import type { RawValue, Records } from '../records/record.ts'
import { planCsv } from './csv-plan.ts'
import { emailIndexOf } from './email-index.ts'
import { queryFailed } from './errors.ts'
import { lockedQuery } from './locked-query.ts'
import { parquetAddresses } from './parquet-table.ts'
import { isQueried } from './query.ts'
import { scanLines, scannedValue } from './scan-sql.ts'
import { loadEngine, withSession } from './session.ts'
import type { Session } from './session.ts'
import { literal } from './sql.ts'
import { tableRecords, unscanned } from './table-records.ts'
import type { ReadOptions } from './table-records.ts'
import { hashSql } from './verdict-sql.ts'

/** Hashes taken from each bucket; the source is read until enough of them are met. */
const HASHES_A_BUCKET = 64

export interface ArrivalOptions extends ReadOptions {
  readonly hashed: boolean
  readonly spoolDir: string
  readonly count: number
}

/**
 * Up to `count` masked addresses of the spool's adds, found by reading the files again. That is not worth a second reading of a very large
 * source: whatever is not found within `limits.sampleSearchMs` is not shown.
 */
export async function sampleOfFiles(rows: FileRows, options: ArrivalOptions): Promise<string[]> {
  const wanted = await spoolHead(options.spoolDir, 'add', HASHES_A_BUCKET)
  if (wanted.length === 0 || options.count <= 0) return []
  await loadEngine()
  const timeUp = AbortSignal.timeout(options.limits.sampleSearchMs)
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
  const { signal } = options
  const { scans, exact } = isQueried(rows) ? { scans: [], exact: [] } : await scansOf(rows, options)
  try {
    const found = await withSession(options, async (session) =>
      findFast(session, rows, scans, wanted, options),
    )
    const more = options.count - found.length
    return [...found, ...(await findExactly(exact, new Set(wanted), { ...options, count: more }))]
  } catch (error) {
    signal.throwIfAborted()
    throw queryFailed(error, 'The source cannot be read')
  }
}

/** What the engine scans of files without a query, and what is read record by record. */
async function scansOf(
  rows: FileRows,
  options: ArrivalOptions,
): Promise<{ readonly scans: readonly string[]; readonly exact: readonly Records[] }> {
  const scans: string[] = []
  const exact: Records[] = []
  for (const table of rows.tables) {
    if (table.format === 'json') exact.push(tableRecords(table, rows, options))
    if (table.format !== 'csv') continue
    const index = emailIndexOf(table)
    const plan = await planCsv(table, rows, { emailIndex: index, otherIndexes: [] }, options)
    for (const scan of plan.scans) {
      const lines = scanLines(table, scan, options.limits.fieldBytesMax)
      scans.push(`SELECT ${scannedValue(index, scan)} AS v FROM ${lines}`)
    }
    exact.push(unscanned(table, rows, plan, options))
  }
  return { scans, exact }
}

async function findFast(
  session: Session,
  rows: FileRows,
  scans: readonly string[],
  wanted: readonly string[],
  options: ArrivalOptions,
): Promise<string[]> {
  // Otherwise the few rows that pass a filter are gathered until there are many, and all is read for five.
  await session.run('SET enable_caching_operators = false')
  const values = [...scans]
  if (isQueried(rows)) values.push((await lockedQuery(session, rows, { ...options, outputDir: null })).values)
  else {
    const paths = rows.tables.flatMap((table) => (table.format === 'parquet' ? table.paths : []))
    if (paths.length > 0) values.push((await parquetAddresses(session, paths, rows)).values)
  }
  if (values.length === 0) return []
  const found = await session.run(`SELECT v FROM (${hashSql(values.join(' UNION ALL '), options.hashed)})
    WHERE good AND h IN (${wanted.map(literal).join(', ')}) LIMIT ${options.count}`)
  return found.map(([value]) => String(value))
}

async function findExactly(
  sources: readonly Records[],
  wanted: ReadonlySet<string>,
  options: ArrivalOptions,
): Promise<string[]> {
  const found: string[] = []
  if (options.count <= 0) return found
  for (const records of sources)
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
