import type { FoldedCounts, FoldOptions } from '../folders.ts'
import { hashesOf } from './block-file.ts'
import { nothing } from './blocks.ts'
import type { Blocks } from './blocks.ts'
import { Fates } from './fates.ts'
import { makeFolders } from './folder.ts'
import { HASH_BYTES } from './hex.ts'
import { forBuckets, hashFile, spoolFile } from './layout.ts'
import type { Sink } from './sinks.ts'
import { walk } from './walk.ts'
import type { Visit } from './walk.ts'
import { withSinks } from './with-sinks.ts'

const TOLD = 1
const UNSURE = 2
const ADDS = 4
const REMOVES = 8

/** `fold` of folders. */
export async function foldHashes(options: FoldOptions): Promise<FoldedCounts> {
  const buckets = await makeFolders(
    [options.newToldDir, options.newUnsureDir],
    ([toldDir, unsureDir]) =>
      forBuckets(2, async (bucket, index) => {
        options.signal.throwIfAborted()
        const outputs = [toldDir, unsureDir].map((dir) => hashFile(dir as string, bucket))
        const adds = Fates.of(options, 'add', index)
        const removes = Fates.of(options, 'remove', index)
        return withSinks(outputs, (sinks) =>
          walk(inputsOf(options, bucket, index), placer(sinks as [Sink, Sink], adds, removes)),
        )
      }),
    { durable: true },
  )
  const total = (set: number) => buckets.reduce((sum, counts) => sum + (counts[set] ?? 0), 0)
  return { told: total(0), unsure: total(1) }
}

function inputsOf(options: FoldOptions, bucket: string, index: number): Blocks[] {
  const { toldDir, unsureDir, spoolDir } = options
  const spooled = (operation: 'add' | 'remove', counts: readonly number[]) =>
    hashesOf(spoolFile(spoolDir, operation, bucket), { count: counts[index] ?? 0 })
  return [
    toldDir === null ? nothing() : hashesOf(hashFile(toldDir, bucket)),
    unsureDir === null ? nothing() : hashesOf(hashFile(unsureDir, bucket)),
    spooled('add', options.addsByBucket),
    spooled('remove', options.removesByBucket),
  ]
}

/** Puts every hash where the law of folding wants it. */
function placer([told, unsure]: [Sink, Sink], adds: Fates, removes: Fates): Visit {
  const one = (mask: number, hashes: Uint8Array, at: number) => {
    const added = (mask & ADDS) === 0 ? 'none' : adds.next()
    const removed = (mask & REMOVES) === 0 ? 'none' : removes.next()
    if (removed === 'none' && ((mask & TOLD) !== 0 || added === 'confirmed')) return told.add(hashes, at, 1)
    const doubted = added === 'unanswered' || removed === 'unanswered'
    return doubted || ((mask & UNSURE) !== 0 && removed !== 'confirmed')
      ? unsure.add(hashes, at, 1)
      : undefined
  }
  return (mask, hashes, from, count) => {
    if (count === 1) return one(mask, hashes, from)
    // Only hashes of a list have a fate of their own each; a run of others goes to one place.
    if ((mask & (ADDS | REMOVES)) === 0)
      return (mask & TOLD) === 0 ? unsure.add(hashes, from, count) : told.add(hashes, from, count)
    return each(from, count, (at) => one(mask, hashes, at))
  }
}

async function each(
  from: number,
  count: number,
  place: (at: number) => Promise<void> | undefined,
): Promise<void> {
  for (let at = from; at < from + count * HASH_BYTES; at += HASH_BYTES) {
    const wait = place(at)
    if (wait !== undefined) await wait
  }
}
