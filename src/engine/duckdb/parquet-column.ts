import { RollcallError } from '../../base/rollcall-error.ts'
import { findEmailColumn } from '../../source/email-column.ts'
import type { FileTable } from '../../source/source.ts'
import { parquetTable } from './scan-sql.ts'
import type { Session } from './session.ts'

/** Name of the address column of a Parquet table; it must hold text. */
export async function parquetEmailColumn(
  session: Session,
  table: FileTable,
  wanted: string,
): Promise<string> {
  const rows = await session.run(`DESCRIBE SELECT * FROM ${parquetTable(table.paths)}`)
  const names = rows.map(([name]) => String(name))
  const index = findEmailColumn(names, wanted, 'The Parquet file')
  const type = String(rows[index]?.[1])
  if (type !== 'VARCHAR') throw notText(names[index] ?? wanted, type)
  return names[index] ?? wanted
}

export function notText(column: string, type: string): RollcallError {
  return new RollcallError('query_failed', {
    detail: `Column "${column}" holds ${type.replaceAll(/\(.*/g, '')} and not text, so it cannot be addresses.`,
  })
}
