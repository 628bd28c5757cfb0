import type { FileRows } from '../../../sources/source.ts'
import type { QueriedRows } from './locked-query.ts'

/** A file of its own, since what runs queries is loaded by the processes that do so alone. */
export function isQueried(rows: FileRows): rows is QueriedRows {
  return rows.query !== null
}
