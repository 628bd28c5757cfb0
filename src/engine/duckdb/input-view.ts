import type { FileRows, FileTable } from '../../source/source.ts'
import { parquetTable } from './scan-sql.ts'
import type { Session } from './session.ts'
import { literal, literals, pathList } from './sql.ts'

export interface InputOptions {
  readonly lineBytesMax: number
  /** Rows that are read to find the types of the columns; -1 for all, which takes its time and cannot be interrupted. */
  readonly typedRows: number
}

/** Makes the view `input` over all files of a source, with columns typed by what they hold and the address column as text. */
export async function createInput(session: Session, rows: FileRows, options: InputOptions): Promise<void> {
  const scans: string[] = []
  for (const table of rows.tables) scans.push(await scanOf(session, table, rows.emailColumn, options))
  await session.run(
    `CREATE VIEW input AS ${scans.map((scan) => `SELECT * FROM ${scan}`).join(' UNION ALL BY NAME ')}`,
  )
}

async function scanOf(
  session: Session,
  table: FileTable,
  emailColumn: string,
  options: InputOptions,
): Promise<string> {
  if (table.format === 'parquet') return parquetTable(table.paths)
  if (table.format === 'json')
    return `read_json(${pathList(table.paths)}, hive_partitioning = false, sample_size = ${options.typedRows},
      maximum_object_size = ${options.lineBytesMax})`
  return csvInput(session, table, emailColumn, options)
}

async function csvInput(
  session: Session,
  table: FileTable,
  emailColumn: string,
  options: InputOptions,
): Promise<string> {
  const names = uniqueNames(table.columns)
  const types = await sniffTypes(session, table, options)
  const email = emailColumn.trim().toLowerCase()
  const columns = names.map((name, index) => {
    const type =
      table.columns[index]?.trim().toLowerCase() === email ? 'VARCHAR' : (types[index] ?? 'VARCHAR')
    return `${literal(name)}: ${literal(type)}`
  })
  return `read_csv(${csvArguments(table, options.lineBytesMax)}, auto_detect = false, store_rejects = true, columns = {${columns.join(', ')}})`
}

/** Types that fit every value that is read for them; all text when the files are too irregular to tell. */
async function sniffTypes(
  session: Session,
  table: FileTable,
  { lineBytesMax, typedRows }: InputOptions,
): Promise<readonly string[]> {
  const names = literals(table.columns.map((_, index) => `c${index}`))
  const sql = `DESCRIBE SELECT * FROM read_csv(${csvArguments(table, lineBytesMax)}, sample_size = ${typedRows}, ignore_errors = true, names = ${names})`
  try {
    const rows = await session.run(sql)
    return rows.length === table.columns.length ? rows.map((row) => String(row[1])) : []
  } catch {
    return []
  }
}

function csvArguments(table: FileTable, lineBytesMax: number): string {
  return `${pathList(table.paths)}, hive_partitioning = false, header = false, skip = 1, delim = ${literal(table.delimiter)}, quote = '"', escape = '"',
    max_line_size = ${lineBytesMax}, buffer_size = ${4 * lineBytesMax}`
}

/** SQL has no two columns of one name: later ones get a number. */
function uniqueNames(columns: readonly string[]): string[] {
  const taken = new Set<string>()
  return columns.map((column, index) => {
    let name = column.trim() === '' ? `column${index}` : column
    for (let number = 1; taken.has(name.toLowerCase()); number += 1) name = `${column}_${number}`
    taken.add(name.toLowerCase())
    return name
  })
}
