import { RollcallError } from '../../../base/rollcall-error.ts'
import type { FileTable } from '../../../sources/source.ts'

export function emailIndexOf(table: FileTable): number {
  if (table.emailIndex === null)
    throw new RollcallError('internal_error', { detail: 'a table without its address column' })
  return table.emailIndex
}
