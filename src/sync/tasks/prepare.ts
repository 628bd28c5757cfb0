import { resolve } from 'node:path'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { openRows } from './query.ts'

/** Reads all rows, checks and hashes the addresses and stages the hashes by bucket. */
export async function prepare(run: SyncRun): Promise<SyncOutputs['prepare']> {
  const { rows } = await openRows(run)
  const { rejects, cwd, hashed } = run.inputs
  const prepared = await run.services.engine.prepare({
    rows,
    hashed,
    stageDir: run.paths.stage,
    durable: true,
    rejectsFile: rejects === null ? null : resolve(cwd, rejects),
    signal: run.signal,
    onProgress: (progress) =>
      run.progress(
        progress.rows,
        progress.share === null || progress.share === 0 ? null : progress.rows / progress.share,
        'rows',
      ),
  })
  await run.log(
    `${format(prepared.received)} rows received, ${format(prepared.invalid)} removed as invalid${reasons(prepared.invalidByReason)}`,
  )
  if (!hashed && (prepared.invalidByReason.already_hashed ?? 0) > 0) {
    await run.log(
      `${format(prepared.invalidByReason.already_hashed ?? 0)} of them are hashes already. A hash made in the query is seldom of the trimmed, lower-case address: return plain addresses, or use --hashed if the source holds nothing but hashes.`,
      'warning',
    )
  }
  return prepared
}

function reasons(invalidByReason: SyncOutputs['prepare']['invalidByReason']): string {
  const parts = Object.entries(invalidByReason).map(
    ([reason, count]) => `${format(count)} ${reason.replaceAll('_', ' ')}`,
  )
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

export function format(count: number): string {
  return count.toLocaleString('en-US')
}
