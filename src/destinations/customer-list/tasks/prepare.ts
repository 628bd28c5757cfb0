import { orderWarning } from '../../../members/row-order.ts'
import { reasonsText } from '../reading/reasons.ts'
import { count } from '../../../base/words.ts'
import { checkRejects } from '../inputs/check-rejects.ts'
import { mixUpOf } from '../judging/mix-up.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { openRows } from './query.ts'
import { withRejectsFile } from './query-rows.ts'

/** Reads all rows, checks and hashes the addresses and stages the hashes. */
export async function prepare(run: SyncRun): Promise<SyncOutputs['prepare']> {
  // A place that was good when the run began need not be any more when it goes on.
  await checkRejects(run.services.engine, run.inputs, run)
  const { rows } = await openRows(run)
  const { hashed, sampleMembers: membersMax } = run.inputs
  const prepared = await withRejectsFile(run, (rejectsFile) =>
    run.engine.stage({
      rows,
      hashed,
      membersMax,
      rejectsFile,
      signal: run.signal,
      onProgress: ({ rows: done, share }) =>
        run.progress(done, share === null || share === 0 ? null : done / share, 'rows'),
    }),
  )
  await run.log(
    `${count(prepared.received)} rows received, ${count(prepared.invalid)} rejected${reasonsText(prepared.invalidByReason)}`,
  )
  for (const warning of [mixUpOf(prepared), orderWarning(prepared.byOrder)])
    if (warning !== null) await run.warn(warning)
  return prepared
}
