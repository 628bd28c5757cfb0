import { HASH_BYTES } from './hex.ts'

const WORDS = HASH_BYTES / 4
/** Above this many hashes in one slot a comparison sort is used: it happens with repeated rows only. */
const SLOT_MAX = 24

/** Order of two hashes in one view, by their bytes: negative, 0 or positive. */
function order(view: DataView, left: number, right: number): number {
  for (let step = 0; step < HASH_BYTES; step += 4) {
    const difference = view.getUint32(left + step) - view.getUint32(right + step)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Sorts the first `count` hashes and drops repeated ones. Hashes are spread evenly, so one counting pass on their leading
 * bits, after the `skipBits` that all of them share, leaves about one a slot. Returns the distinct hashes in new memory.
 */
export function sortDistinct(hashes: Uint8Array, count: number, skipBits: number): Uint8Array {
  const view = new DataView(hashes.buffer, hashes.byteOffset, count * HASH_BYTES)
  const bits = Math.max(1, Math.ceil(Math.log2(count)))
  const ends = new Uint32Array(1 << bits)
  const shift = 32 - bits
  const slotOf = (index: number) => (view.getUint32(index * HASH_BYTES) << skipBits) >>> shift
  for (let index = 0; index < count; index += 1) ends[slotOf(index)] = (ends[slotOf(index)] as number) + 1
  let total = 0
  for (let slot = 0; slot < ends.length; slot += 1) {
    total += ends[slot] as number
    ends[slot] = total
  }
  const sorted = new Uint32Array(count)
  for (let index = count - 1; index >= 0; index -= 1) {
    const slot = slotOf(index)
    const place = (ends[slot] as number) - 1
    ends[slot] = place
    sorted[place] = index * HASH_BYTES
  }
  // Taking places from the end of every slot has moved each end to its slot's start.
  for (let slot = 0; slot < ends.length; slot += 1)
    sortSlot(view, sorted, ends[slot] as number, slot + 1 < ends.length ? (ends[slot + 1] as number) : count)
  return gather(view, hashes, sorted)
}

function sortSlot(view: DataView, sorted: Uint32Array, first: number, end: number): void {
  if (end - first > SLOT_MAX) {
    sorted.subarray(first, end).sort((left, right) => order(view, left, right))
    return
  }
  for (let next = first + 1; next < end; next += 1) {
    const at = sorted[next] as number
    let place = next - 1
    while (place >= first && order(view, sorted[place] as number, at) > 0) {
      sorted[place + 1] = sorted[place] as number
      place -= 1
    }
    sorted[place + 1] = at
  }
}

function gather(view: DataView, hashes: Uint8Array, sorted: Uint32Array): Uint8Array {
  const from = new Uint32Array(hashes.buffer, hashes.byteOffset, view.byteLength / 4)
  const to = new Uint32Array(sorted.length * WORDS)
  let written = 0
  let previous = -1
  for (const at of sorted) {
    if (previous >= 0 && order(view, previous, at) === 0) continue
    previous = at
    for (let word = 0; word < WORDS; word += 1) to[written + word] = from[at / 4 + word] as number
    written += WORDS
  }
  return new Uint8Array(to.buffer, 0, written * 4)
}
