import { access, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { judgeRows } from '../../../members/judge.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { makeTempFolder } from '../../../base/temp-folder.ts'
import { plural } from '../../../base/words.ts'
import { deleteStored, storeFile } from '../../../store/stored-files.ts'
import { queryRows } from '../../../members/query-rows.ts'
import { REJECTS_FILE, rejectsFolder } from '../../../workflow/rejects.ts'
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

/**
 * Does the work that lists invalid rows, with the file for them: a person named it, or its content is kept for download. Null when no
 * one asked for a list.
 */
export async function withRejectsFile<T>(
  run: SyncRun,
  work: (rejectsFile: string | null) => Promise<T>,
): Promise<T> {
  const { rejects, cwd, keepRejects } = run.inputs
  if (rejects !== null) return work(resolve(cwd, rejects))
  if (!keepRejects) return work(null)
  const folder = await makeTempFolder(run.services.home.tempDir, 'rejects')
  try {
    const file = join(folder, REJECTS_FILE)
    const done = await work(file)
    await store(run, file)
    return done
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Keeps the list where every machine finds it. Without invalid rows there is none, also of rows that were read before. */
async function store(run: SyncRun, file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) await storeFile(run.db, rejectsFolder(run.id), REJECTS_FILE, file)
  else await deleteStored(run.db, rejectsFolder(run.id))
}
