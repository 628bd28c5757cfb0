import { resolve } from 'node:path'
import { reasonsText } from '../reasons.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { count, plural } from '../../base/words.ts'
import type { Prepared } from '../../engine/engine.ts'
import { checkRejects } from '../check-rejects.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { openRows } from './query.ts'
import { keepRejects, keptRejectsFile } from './query-rows.ts'

/** Reads all rows, checks and hashes the addresses and stages the hashes by bucket. */
export async function prepare(run: SyncRun): Promise<SyncOutputs['prepare']> {
  // A place that was good when the run began need not be any more when it goes on.
  await checkRejects(run.inputs, run.signal)
  const { rows } = await openRows(run)
  const { rejects, cwd, hashed } = run.inputs
  const prepared = await run.services.engine.prepare({
    rows,
    hashed,
    stageDir: run.paths.stage,
    membersMax: run.inputs.sampleMembers,
    durable: true,
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
    `${count(prepared.received)} rows received, ${count(prepared.invalid)} removed as invalid${reasonsText(prepared.invalidByReason)}`,
  )
  const mixUp = mixUpOf(prepared)
  if (mixUp !== null) await run.warn(mixUp)
  await keepRejects(run)
  return prepared
}

/** The warning that rows hold hashes where addresses were to be, or the other way round; null for neither. */
export function mixUpOf({ invalidByReason }: Pick<Prepared, 'invalidByReason'>): RollcallError | null {
  const { already_hashed: hashes = 0, not_a_hash: others = 0 } = invalidByReason
  if (hashes > 0) return new RollcallError('already_hashed', { rows: plural(hashes, 'row') })
  return others > 0 ? new RollcallError('not_a_hash', { rows: plural(others, 'row') }) : null
}

/** What such rows have to do with too few members, to go on with in a sentence. */
export function mixUpHint({ invalidByReason }: Pick<Prepared, 'invalidByReason'>): string {
  const { already_hashed: hashes = 0, not_a_hash: others = 0 } = invalidByReason
  if (hashes > 0)
    return `; there ${hashes === 1 ? 'is' : 'are'} ${plural(hashes, 'row')} with a hash instead of an address: return plain addresses, or say that the source holds nothing but hashes (--hashed)`
  if (others === 0) return ''
  return `; there ${others === 1 ? 'is' : 'are'} ${plural(others, 'row')} without a hash: leave --hashed away when they are plain addresses`
}
