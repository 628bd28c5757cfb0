import { isRollcallError } from '../base/rollcall-error.ts'
import { damaged } from '../source/files/file-errors.ts'
import { verifyParquet } from '../source/files/parquet-pages.ts'
import { refuseChanged } from '../source/files/stamp.ts'
import type { FileRows, SourceFile } from '../source/source.ts'
import { mayBeOfBytes } from './duckdb/errors.ts'
import { withSession } from './duckdb/session.ts'
import type { SessionOptions } from './duckdb/session.ts'
import { pathList } from './duckdb/sql.ts'

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
    if (mayBeOfBytes(error)) await refuseUnreadable(parquet, options)
    throw error
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
  for (const { path, name } of files)
    await withSession(options, async (session) => {
      await session.run(
        `SELECT max(hash(COLUMNS(*))) FROM read_parquet(${pathList([path])}, hive_partitioning = false)`,
      )
    }).catch((error: unknown) => {
      options.signal.throwIfAborted()
      throw damaged(name, 'is a damaged Parquet file: its pages cannot be read', error)
    })
}
