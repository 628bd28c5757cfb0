import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { judgeRows } from '../../audience/guard.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { plural } from '../../base/words.ts'
import { deleteStored, storeFile } from '../../ledger/shared-snapshots.ts'
import { queryRows } from '../query-rows.ts'
import { REJECTS_FILE, rejectsFolder } from '../rejects.ts'
import type { SyncRun } from '../run.ts'

/**
 * Compares the number of rows with the thresholds of the query. A person may accept the rows of one comparison, and no others. Error:
 * `threshold_not_met`; the warning threshold only warns.
 */
export async function judgeQueryRows(run: SyncRun): Promise<void> {
  const { thresholds, acceptedChangeSet } = run.inputs
  if (thresholds === null) return
  const { rows } = queryRows(run.output('prepare'))
  const { verdict, bound } = judgeRows(rows, thresholds)
  const data = { query: thresholds.query, rows, bound }
  if (verdict === 'fail' && run.output('compare').changeSetId === acceptedChangeSet)
    return run.log(`These ${plural(rows, 'row')} are ${bound} and were accepted this once`, 'warning')
  if (verdict === 'fail') throw new RollcallError('threshold_not_met', data)
  if (verdict === 'warn') await run.warn(new RollcallError('threshold_warning', data))
}

/** Where the invalid rows are listed for later download, or null when no one asked for that. */
export function keptRejectsFile(run: SyncRun): string | null {
  return run.inputs.keepRejects ? join(run.paths.work, REJECTS_FILE) : null
}

/** Keeps the list where every machine finds it. Without invalid rows there is none, also of rows that were read before. */
export async function keepRejects(run: SyncRun): Promise<void> {
  const file = keptRejectsFile(run)
  if (file === null) return
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) await storeFile(run.db, rejectsFolder(run.id), REJECTS_FILE, file)
  else await deleteStored(run.db, rejectsFolder(run.id))
}
