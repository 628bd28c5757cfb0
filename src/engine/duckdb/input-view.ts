import type { FileRows, FileTable } from '../../source/source.ts'
import { parquetTable } from './scan-sql.ts'
import type { Session } from './session.ts'
import { literal, literals } from './sql.ts'

/** Makes the view `input` over all files of a source, with columns typed by what they hold and the address column as text. */
export async function createInput(session: Session, rows: FileRows, lineBytesMax: number): Promise<void> {
  const scans: string[] = []
  for (const table of rows.tables) scans.push(await scanOf(session, table, rows.emailColumn, lineBytesMax))
  await session.run(
    `CREATE VIEW input AS ${scans.map((scan) => `SELECT * FROM ${scan}`).join(' UNION ALL BY NAME ')}`,
  )
}

async function scanOf(
  session: Session,
  table: FileTable,
  emailColumn: string,
  lineBytesMax: number,
): Promise<string> {
  if (table.format === 'parquet') return parquetTable(table.paths)
  if (table.format === 'json')
    return `read_json(${literals(table.paths)}, sample_size = -1, maximum_object_size = ${lineBytesMax})`
  return csvInput(session, table, emailColumn, lineBytesMax)
}

async function csvInput(
  session: Session,
  table: FileTable,
  emailColumn: string,
  lineBytesMax: number,
): Promise<string> {
  const names = uniqueNames(table.columns)
  const types = await sniffTypes(session, table, lineBytesMax)
  const email = emailColumn.trim().toLowerCase()
  const columns = names.map((name, index) => {
    const type =
      table.columns[index]?.trim().toLowerCase() === email ? 'VARCHAR' : (types[index] ?? 'VARCHAR')
    return `${literal(name)}: ${literal(type)}`
  })
  return `read_csv(${csvArguments(table, lineBytesMax)}, auto_detect = false, store_rejects = true, columns = {${columns.join(', ')}})`
}

/** Types that fit every value, found by reading all of them; all text when the files are too irregular to tell. */
async function sniffTypes(
  session: Session,
  table: FileTable,
  lineBytesMax: number,
): Promise<readonly string[]> {
  const names = literals(table.columns.map((_, index) => `c${index}`))
  const sql = `DESCRIBE SELECT * FROM read_csv(${csvArguments(table, lineBytesMax)}, sample_size = -1, ignore_errors = true, names = ${names})`
  try {
    const rows = await session.run(sql)
    return rows.length === table.columns.length ? rows.map((row) => String(row[1])) : []
  } catch {
    return []
  }
}

function csvArguments(table: FileTable, lineBytesMax: number): string {
  return `${literals(table.paths)}, header = false, skip = 1, delim = ${literal(table.delimiter)}, quote = '"', escape = '"',
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
