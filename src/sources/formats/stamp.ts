import { stat } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import type { SourceFile, Stamp } from '../source.ts'
import { changedMeanwhile } from './errors.ts'

export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Stamp {
  return {
    file: `${dev}:${ino}`,
    bytes: Number(size),
    modifiedNs: String(mtimeNs),
    changedNs: String(ctimeNs),
  }
}

/**
 * Refuses files that are not what they were when they were found: what was read of them may be of two states. A file that was
 * replaced is refused as well, since it is opened more than once. Error: `source_damaged`, passing.
 */
export async function refuseChanged(files: readonly SourceFile[]): Promise<void> {
  for (const file of files) {
    const info = await stat(file.path, { bigint: true }).catch(() => null)
    const what = info === null ? 'was removed' : difference(file.stamp, stampOf(info))
    if (what !== null) throw changedMeanwhile(file.name, what)
  }
}

function difference(before: Stamp, after: Stamp): string | null {
  if (after.file !== before.file) return 'was replaced'
  if (after.bytes < before.bytes) return 'became shorter'
  if (after.bytes > before.bytes) return 'became longer'
  if (after.modifiedNs !== before.modifiedNs) return 'was written to'
  // Tools that write in place may put the modification time back. A new mode or link counts as well: nothing tells it from a write.
  return after.changedNs === before.changedNs ? null : 'was changed'
}
