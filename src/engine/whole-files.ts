import { isRollcallError } from '../base/rollcall-error.ts'
import { damaged } from '../source/files/file-errors.ts'
import { verifyParquet } from '../source/files/parquet-pages.ts'
import { refuseChanged } from '../source/files/stamp.ts'
import { verifyCompressed } from '../source/files/verified-bytes.ts'
import type { FileRows, SourceFile } from '../source/source.ts'
import { mayBeOfBytes } from './duckdb/errors.ts'
import { withSession } from './duckdb/session.ts'
import type { SessionOptions } from './duckdb/session.ts'
import { pathList } from './duckdb/sql.ts'

export interface WholeOptions {
  /** Larger compressed files are not read to their end for this alone: for a person who waits to see the first rows. */
  readonly compressedBytesMax?: number
}

/**
 * The outcome of `work`, which reads the files of a source, if they are whole and stayed as they were; else `source_damaged`. So
 * nothing that was read of a damaged or changing file is ever used, whatever the reader makes of the damage.
 */
export async function readWhole<T>(
  rows: FileRows,
  options: SessionOptions & WholeOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { signal, compressedBytesMax = Infinity } = options
  const parquet = parquetFiles(rows)
  const compressed = rows.files.filter(({ stamp }) => stamp.bytes <= compressedBytesMax)
  const read = async () => {
    const column = rows.query === null ? rows.emailColumn : null
    for (const file of parquet) await verifyParquet(file, { column, signal })
    return work()
  }
  const [verified, done] = await Promise.allSettled([verifyCompressed(compressed, { signal }), read()])
  signal.throwIfAborted()
  const failed = [verified, done].find((end) => end.status === 'rejected')
  // What changed looks damaged as well; that it changed is what helps.
  if (!isNotFound(failed?.reason)) await refuseChanged(rows.files)
  if (failed !== undefined) {
    if (mayBeOfBytes(failed.reason)) await refuseUnreadable(parquet, options)
    throw failed.reason
  }
  return (done as PromiseFulfilledResult<T>).value
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
