import { isRollcallError, RollcallError } from '../../base/rollcall-error.ts'
import { damaged } from '../../sources/formats/errors.ts'
import { verifyParquet } from '../../sources/formats/parquet-pages.ts'
import { refuseChanged } from '../../sources/formats/stamp.ts'
import type { FileRows, SourceFile } from '../../sources/source.ts'
import { BrokenOff } from './child/host.ts'
import { firstUnreadable } from './child/in-child.ts'
import { mayBeOfBytes } from './duckdb/errors.ts'
import type { SessionOptions } from './duckdb/session.ts'

/**
 * The outcome of `work`, which reads the files of a source to their ends, if they are whole and stayed as they were; else
 * `source_damaged`. So nothing that was read of a damaged or changing file is ever used. Compressed files are verified as they are
 * read; what engines read of Parquet files is verified here.
 */
export async function readWhole<T>(
  rows: FileRows,
  options: SessionOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { signal } = options
  const parquet = parquetFiles(rows)
  const column = rows.query === null ? rows.emailColumn : null
  try {
    for (const file of parquet) await verifyParquet(file, { column, signal })
    const done = await work()
    signal.throwIfAborted()
    await refuseChanged(rows.files)
    return done
  } catch (error) {
    signal.throwIfAborted()
    // What changed looks damaged as well; that it changed is what helps.
    if (!isNotFound(error)) await refuseChanged(rows.files)
    if (parquet.length === 0) throw error
    if (mayBeOfBytes(error) || error instanceof BrokenOff) await refuseUnreadable(parquet, options)
    throw error instanceof BrokenOff && !error.mayBeMemory ? ofParquet(error, rows, parquet) : error
  }
}

function parquetFiles({ tables, files }: FileRows): SourceFile[] {
  const paths = new Set(tables.filter(({ format }) => format === 'parquet').flatMap((table) => table.paths))
  return files.filter(({ path }) => paths.has(path))
}

function isNotFound(error: unknown): boolean {
  return isRollcallError(error) && error.code === 'source_not_found'
}

/** Finds out which file it is by reading each by itself, every value of it. */
async function refuseUnreadable(files: readonly SourceFile[], options: SessionOptions): Promise<void> {
  const paths = files.map(({ path }) => path)
  const unreadable = await firstUnreadable(paths, options)
  if (unreadable === null) return
  const name = files.find(({ path }) => path === unreadable)?.name ?? ''
  throw damaged(name, 'is a damaged Parquet file: its pages cannot be read')
}

/** Each file can be read by itself. So without a query it is still one of them, and with one it may be either. */
function ofParquet(error: BrokenOff, { query }: FileRows, files: readonly SourceFile[]): RollcallError {
  const names = files.slice(0, NAMED_MAX).map(({ name }) => `"${name}"`)
  const more = files.length > NAMED_MAX ? ` and ${files.length - NAMED_MAX} more` : ''
  const named = `${names.join(', ')}${more}`
  const detail =
    query === null
      ? `reading ${named} crashed the process. ${files.length === 1 ? 'The file is' : 'One of the files is'} damaged.`
      : `${String(error.data['detail'])} If that does not help, export the Parquet files again: one of them may be damaged (${named}).`
  return new RollcallError(query === null ? 'source_damaged' : 'query_failed', { detail }, { cause: error })
}

const NAMED_MAX = 5
