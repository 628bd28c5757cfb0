import { resolve } from 'node:path'
import { orderWarning } from '../../engine/row-order.ts'
import { reasonsText } from '../reasons.ts'
import { count } from '../../base/words.ts'
import { checkRejects } from '../check-rejects.ts'
import { mixUpOf } from '../mix-up.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { openRows } from './query.ts'
import { keepRejects, keptRejectsFile } from './query-rows.ts'

/** Reads all rows, checks and hashes the addresses and stages the hashes by bucket. */
export async function prepare(run: SyncRun): Promise<SyncOutputs['prepare']> {
  // A place that was good when the run began need not be any more when it goes on.
  await checkRejects(run.inputs, run)
  const { rows } = await openRows(run)
  const { rejects, cwd, hashed } = run.inputs
  const prepared = await run.services.engine.prepare({
    rows,
    hashed,
    stageDir: run.paths.stage,
    membersMax: run.inputs.sampleMembers,
    durable: !run.isPlan,
    rejectsFile: rejects === null ? keptRejectsFile(run) : resolve(cwd, rejects),
    signal: run.signal,
    onProgress: (progress) =>
      run.progress(
        progress.rows,
        progress.share === null || progress.share === 0 ? null : progress.rows / progress.share,
        'rows',
      ),
  })
  await run.log(
    `${count(prepared.received)} rows received, ${count(prepared.invalid)} rejected${reasonsText(prepared.invalidByReason)}`,
  )
  for (const warning of [mixUpOf(prepared), orderWarning(prepared.byOrder)])
    if (warning !== null) await run.warn(warning)
  await keepRejects(run)
  return prepared
}
