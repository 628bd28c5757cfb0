import { dirname } from 'node:path'
import type { RawValue, Records } from '../records/record.ts'
import type { RejectsPart } from '../records/rejects-file.ts'
import type { Tally } from '../records/tally.ts'
import { queryFailed } from './errors.ts'
import { lockedQuery } from './locked-query.ts'
import type { QueriedRows } from './locked-query.ts'
import type { TableOptions } from './table-options.ts'
import { openSession, withSession } from './session.ts'
import { settleStage, stageSql } from './stage-sql.ts'
import { inOrder } from './stream-texts.ts'
import { recordsByFile } from './table-records.ts'
import type { ReadOptions } from './read-options.ts'
import type { Unread } from './unread.ts'

/** An error while the rows are taken gets the words that one before it gets. */
async function* withPlainErrors(
  records: Records,
  signal: AbortSignal,
): AsyncGenerator<readonly RawValue[], void, void> {
  try {
    yield* records
  } catch (error) {
    signal.throwIfAborted()
    throw queryFailed(error, SUBJECT)
  }
}

const SUBJECT = 'The query'

/** Stages the result of the user's query into `folder`. Lines of the files that it could not be given are counted as well. */
export async function prepareQuery(rows: QueriedRows, folder: string, options: TableOptions): Promise<Tally> {
  const { hashed, onShare, signal } = options
  try {
    return await withSession(options, async (session) => {
      const { values, unread, byOrder } = await lockedQuery(session, rows, {
        ...options,
        outputDir: dirname(folder),
      })
      await session.run(stageSql(values, hashed, folder), onShare)
      const tally = await settleStage(folder)
      tally.add(unread.tally())
      tally.chosenBy(byOrder)
      return tally
    })
  } catch (error) {
    signal.throwIfAborted()
    throw queryFailed(error, SUBJECT)
  }
}

/**
 * The result of the user's query in order, and after it the records of files that it was not given, each file by itself: of these,
 * only the unreadable ones are meant.
 */
export async function* queryParts(
  rows: QueriedRows,
  options: ReadOptions,
): AsyncGenerator<RejectsPart, void, void> {
  const session = await openSession({ ...options, settings: inOrder })
  let unread: Unread
  try {
    const locked = await lockedQuery(session, rows, { ...options, outputDir: null })
    unread = locked.unread
    yield { file: '', records: withPlainErrors(session.texts(locked.values), options.signal) }
  } catch (error) {
    options.signal.throwIfAborted()
    throw queryFailed(error, SUBJECT)
  } finally {
    await session.close()
  }
  const parts = recordsByFile(rows, options, (path) => unread.columnsOf(path))
  for (const { path, file, records } of parts) if (unread.has(path)) yield { file, records, onlyFaults: true }
}
