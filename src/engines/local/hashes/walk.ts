import type { Blocks } from './blocks.ts'
import { viewOf } from './blocks.ts'
import { HASH_BYTES } from './hex.ts'

/** A position in sorted hashes. */
class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = viewOf(this.bytes)
  at = 0
  finished = false
  private readonly blocks: Blocks

  constructor(blocks: Blocks) {
    this.blocks = blocks
  }

  async fill(): Promise<void> {
    const next = await this.blocks.next()
    if (next.done === true) this.finished = true
    else this.take(next.value)
  }

  async close(): Promise<void> {
    await this.blocks.return?.()
  }

  private take(bytes: Uint8Array): void {
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.at = 0
  }
}

/**
 * Called for a run of `count` hashes from byte `from` on, all of which are in exactly the inputs whose bits are set in `mask`.
 * A promise it returns is awaited before it is called again.
 */
export type Visit = (
  mask: number,
  hashes: Uint8Array,
  from: number,
  count: number,
) => Promise<void> | undefined

/** Walks several inputs of sorted, distinct hashes side by side, once through. No piece of them is empty. */
export async function walk(inputs: readonly Blocks[], visit: Visit): Promise<void> {
  const cursors = inputs.map((blocks) => new Cursor(blocks))
  try {
    for (;;) {
      for (const cursor of cursors)
        if (cursor.at === cursor.bytes.length && !cursor.finished) await cursor.fill()
      const mask = lowest(cursors)
      if (mask === 0) return
      const wait = step(cursors, mask, visit)
      if (wait !== undefined) await wait
    }
  } finally {
    for (const cursor of cursors) await cursor.close()
  }
}

/** The bits of those inputs that stand at the lowest hash. */
function lowest(cursors: readonly Cursor[]): number {
  let mask = 0
  let least: Cursor | null = null
  for (let index = 0; index < cursors.length; index += 1) {
    const cursor = cursors[index] as Cursor
    if (cursor.finished) continue
    const difference = least === null ? -1 : order(cursor, least)
    if (difference < 0) {
      least = cursor
      mask = 1 << index
    } else if (difference === 0) mask |= 1 << index
  }
  return mask
}

function order(left: Cursor, right: Cursor): number {
  for (let byte = 0; byte < HASH_BYTES; byte += 4) {
    const difference = left.view.getUint32(left.at + byte) - right.view.getUint32(right.at + byte)
    if (difference !== 0) return difference
  }
  return 0
}

function step(cursors: readonly Cursor[], mask: number, visit: Visit): Promise<void> | undefined {
  const first = cursors[31 - Math.clz32(mask)] as Cursor
  const { bytes, at } = first
  // The last input left needs no comparing: its whole piece is one run.
  const alone = cursors.every((cursor) => cursor === first || cursor.finished)
  const count = alone ? (bytes.length - at) / HASH_BYTES : 1
  for (let index = 0; index < cursors.length; index += 1)
    if ((mask & (1 << index)) !== 0) (cursors[index] as Cursor).at += count * HASH_BYTES
  return visit(mask, bytes, at, count)
}
