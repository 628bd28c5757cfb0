import { maskEmail } from '../../../members/mask.ts'
import type { FileRows } from '../../../sources/source.ts'
import { judge } from '../records/prepare-records.ts'
import { spoolHead } from '../spool.ts'
import type { RawValue, Records } from '../records/record.ts'
import { queryFailed } from './errors.ts'
import { parquetAddresses } from './parquet-table.ts'
import { isQueried } from './is-queried.ts'
import type { QueriedRows } from './locked-query.ts'
import { loadEngine, withSession } from './session.ts'
import type { Session } from './session.ts'
import { literal } from './sql.ts'
import { tableRecords } from './table-records.ts'
import type { ReadOptions } from './read-options.ts'
import { hashSql } from './verdict-sql.ts'

/** Hashes taken from each bucket; the source is read until enough of them are met. A statement names them all. */
const HASHES_A_BUCKET = { inStatement: 64, inMemory: 1024 }

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
  const { inStatement, inMemory } = HASHES_A_BUCKET
  const wanted = await spoolHead(options.spoolDir, 'add', needsEngine(rows) ? inStatement : inMemory)
  if (wanted.length === 0 || options.count <= 0) return []
  if (needsEngine(rows)) await loadEngine()
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
  try {
    const found = await findInEngine(rows, wanted, options)
    const more = options.count - found.length
    return [...found, ...(await findInRecords(recordsOf(rows, options), new Set(wanted), more, options))]
  } catch (error) {
    signal.throwIfAborted()
    throw queryFailed(error, 'The source cannot be read')
  }
}

function needsEngine(rows: FileRows): boolean {
  return isQueried(rows) || rows.tables.some(({ format }) => format === 'parquet')
}

/** What no engine is needed for; the first rows hold enough of a change that is not small. */
function recordsOf(rows: FileRows, options: ArrivalOptions): Records[] {
  if (isQueried(rows)) return []
  const tables = rows.tables.filter(({ format }) => format !== 'parquet')
  return tables.map((table) => tableRecords(table, rows, options))
}

async function findInEngine(
  rows: FileRows,
  wanted: readonly string[],
  options: ArrivalOptions,
): Promise<string[]> {
  if (!needsEngine(rows)) return []
  const paths = rows.tables.flatMap((table) => (table.format === 'parquet' ? table.paths : []))
  return withSession(options, async (session) => {
    // Otherwise the few rows that pass a filter are gathered until there are many, and all is read for five.
    await session.run('SET enable_caching_operators = false')
    const { values } = isQueried(rows)
      ? await queried(session, rows, options)
      : await parquetAddresses(session, paths, rows)
    const found = await session.run(`SELECT v FROM (${hashSql(values, options.hashed)})
      WHERE good AND h IN (${wanted.map(literal).join(', ')}) LIMIT ${options.count}`)
    return found.map(([value]) => String(value))
  })
}

/** Loaded here, since all that runs and judges queries takes a while, and only the processes that run them need it. */
async function queried(session: Session, rows: QueriedRows, options: ArrivalOptions) {
  const { lockedQuery } = await import('./locked-query.ts')
  return lockedQuery(session, rows, { ...options, outputDir: null })
}

async function findInRecords(
  sources: readonly Records[],
  wanted: ReadonlySet<string>,
  count: number,
  { hashed }: ArrivalOptions,
): Promise<string[]> {
  const found: string[] = []
  if (count <= 0) return found
  for (const records of sources)
    for await (const values of records)
      for (const value of values) {
        if (typeof value === 'string' && isWanted(value, wanted, hashed)) found.push(value)
        if (found.length === count) return found
      }
  return found
}

function isWanted(value: RawValue, wanted: ReadonlySet<string>, hashed: boolean): boolean {
  const verdict = judge(value, hashed)
  return 'hash' in verdict && wanted.has(verdict.hash)
}
