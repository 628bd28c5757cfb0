import { bucketNames } from '../folders.ts'
import { hashesOf } from './block-file.ts'
import { nothing } from './blocks.ts'
import { hashFile, spoolFile } from './layout.ts'
import { walk } from './walk.ts'
import { withSinks } from './with-sinks.ts'

const DESIRED = 1
const TOLD = 2

/** The sets that a spool is the difference of. */
export interface SpoolSets {
  readonly toldDir: string | null
  readonly unsureDir: string | null
  readonly desiredDir: string
}

/**
 * Writes the spool of a comparison once more into an empty folder, from the sets that it compared: the same hashes in the same
 * order. Error: `ledger_damaged`.
 */
export async function respool(sets: SpoolSets, spoolDir: string, signal: AbortSignal): Promise<void> {
  for (const bucket of bucketNames) {
    signal.throwIfAborted()
    const inputs = [sets.desiredDir, sets.toldDir, sets.unsureDir].map((dir) =>
      dir === null ? nothing() : hashesOf(hashFile(dir, bucket)),
    )
    const outputs = (['add', 'remove'] as const).map((operation) => spoolFile(spoolDir, operation, bucket))
    await withSinks(outputs, ([adds, removes]) =>
      walk(inputs, (mask, hashes, from, count) => {
        if ((mask & DESIRED) === 0) return removes?.add(hashes, from, count)
        return (mask & TOLD) === 0 ? adds?.add(hashes, from, count) : undefined
      }),
    )
  }
}
