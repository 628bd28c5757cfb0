import type { FileRows, FileTable } from '../../../sources/source.ts'
import type { Tally } from '../records/tally.ts'
import { queryFailed } from './errors.ts'
import { parquetAddresses } from './parquet-table.ts'
import { parquetFiles } from './scan-sql.ts'
import { withSession } from './session.ts'
import type { OnShare, SessionOptions } from './session.ts'
import { settleStage, stageSql } from './stage-sql.ts'

/** Stages one table of Parquet files into `folder`. In a child process alone. */
export async function prepareParquet(
  table: FileTable,
  rows: FileRows,
  folder: string,
  { hashed, onShare, ...options }: SessionOptions & { readonly hashed: boolean; readonly onShare: OnShare },
): Promise<Tally> {
  try {
    return await withSession(options, async (session) => {
      const { values, badEncodings } = await parquetAddresses(session, table.paths, rows)
      await session.run(stageSql(values, hashed, folder), onShare)
      const tally = await settleStage(folder)
      tally.invalid('bad_encoding', badEncodings)
      return tally
    })
  } catch (error) {
    options.signal.throwIfAborted()
    throw queryFailed(error, 'The Parquet file cannot be read')
  }
}

/**
 * The first of some Parquet files that cannot be read, every value of it; null when there is none. Each is named before it is read,
 * since the process may crash over it. In a child process alone.
 */
export async function firstUnreadable(
  paths: readonly string[],
  options: SessionOptions,
  onPath: (path: string) => void,
): Promise<string | null> {
  for (const path of paths) {
    onPath(path)
    const isRead = await withSession(options, (session) =>
      session.run(`SELECT max(hash(COLUMNS(*))) FROM ${parquetFiles([path])}`),
    ).then(
      () => true,
      () => false,
    )
    if (!isRead) return path
  }
  return null
}
