import { rm } from 'node:fs/promises'
import type { FileRows, FileTable } from '../../../sources/source.ts'
import { prepareParquet } from '../child/in-child.ts'
import { prepareRecords } from '../records/prepare-records.ts'
import type { Records } from '../records/record.ts'
import { Tally } from '../records/tally.ts'
import { planCsv, raggedOf } from './csv-plan.ts'
import type { CsvPlan } from './csv-plan.ts'
import { emailIndexOf } from './email-index.ts'
import { isOfRows, queryFailed } from './errors.ts'
import { scanLines, scannedValue } from './scan-sql.ts'
import { withSession } from './session.ts'
import { settleStage, stageSql } from './stage-sql.ts'
import { tableRecords, unscanned } from './table-records.ts'
import type { TableOptions } from './table-options.ts'

/** Stages one table of files into folders whose names begin with `folder`. */
export async function prepareTable(
  table: FileTable,
  rows: FileRows,
  folder: string,
  options: TableOptions,
): Promise<Tally> {
  if (table.format === 'json') return prepareExactly(tableRecords(table, rows, options), folder, options)
  if (table.format === 'parquet') return Tally.of(await prepareParquet(table, rows, { ...options, folder }))
  const columns = { emailIndex: emailIndexOf(table), otherIndexes: [] }
  return prepareCsv(table, rows, folder, options, await planCsv(table, rows, columns, options))
}

async function prepareCsv(
  table: FileTable,
  rows: FileRows,
  folder: string,
  options: TableOptions,
  plan: CsvPlan,
): Promise<Tally> {
  const tally = await stageScans(table, rows, folder, options, plan)
  if (tally === null) {
    // What the scan passed over was not what it should be.
    await rm(folder, { recursive: true, force: true })
    return prepareExactly(tableRecords(table, rows, options), folder, options)
  }
  if (plan.exact.length > 0 || plan.asides.size > 0)
    tally.add(await prepareExactly(unscanned(table, rows, plan, options), `${folder}-exact`, options))
  return tally
}

/** Null when the scans cannot be relied on: the engine must find the very rows that are there. */
export async function stageScans(
  table: FileTable,
  rows: FileRows,
  folder: string,
  { hashed, onShare, ...options }: TableOptions,
  plan: Pick<CsvPlan, 'scans' | 'asides'>,
): Promise<Tally | null> {
  const { scans } = plan
  if (scans.length === 0) return new Tally()
  const index = emailIndexOf(table)
  const values = scans.map(
    (scan) =>
      `SELECT ${scannedValue(index, scan)} AS v FROM ${scanLines(table, scan, options.limits.fieldBytesMax)}`,
  )
  try {
    return await withSession(options, async (session) => {
      await session.run(stageSql(values.join(' UNION ALL '), hashed, folder), onShare)
      const tally = await settleStage(folder)
      const ragged = await raggedOf(plan, tally.received, table, rows, options)
      if (ragged === null) return null
      for (const count of ragged.values()) tally.invalid('ragged_line', count)
      return tally
    })
  } catch (error) {
    options.signal.throwIfAborted()
    if (isOfRows(error)) return null
    throw queryFailed(error, 'The files cannot be read')
  }
}

async function prepareExactly(records: Records, folder: string, options: TableOptions): Promise<Tally> {
  const { hashed, signal } = options
  return prepareRecords(records, { hashed, folder, signal, onRows: () => undefined })
}
