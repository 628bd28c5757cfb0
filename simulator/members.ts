/** 32-bit words of one SHA-256. */
const WORDS = 8
const SHARDS = 256
const CAPACITY_FIRST = 16

/** What a state file keeps of a set. */
export interface MemberDump {
  /** Packed hashes of 32 bytes. */
  readonly packed: Uint8Array
  readonly others: readonly string[]
}

/**
 * The true members of a list: SHA-256 hashes packed in memory (about 55 bytes each), the rare SHA-1 and MD5 as text.
 * Sharded by the first byte, so that growing never copies more than a 256th and sorted reading needs one shard.
 */
export class MemberSet {
  readonly #shards: (Shard | undefined)[] = Array.from({ length: SHARDS })
  readonly #others = new Set<string>()
  #packedCount = 0

  get size(): number {
    return this.#packedCount + this.#others.size
  }

  /** Adds hash `index` of `hashes`. */
  add(hashes: Hashes, index: number): void {
    const shard = (this.#shards[hashes.firstByte(index)] ??= new Shard())
    if (shard.add(hashes.words, index * WORDS)) this.#packedCount += 1
  }

  remove(hashes: Hashes, index: number): void {
    const shard = this.#shards[hashes.firstByte(index)]
    if (shard?.remove(hashes.words, index * WORDS) === true) this.#packedCount -= 1
  }

  addOther(text: string): void {
    this.#others.add(text)
  }

  removeOther(text: string): void {
    this.#others.delete(text)
  }

  dump(): MemberDump {
    const packed = new Uint8Array(this.#packedCount * WORDS * 4)
    let at = 0
    for (const shard of this.#shards) {
      for (const hash of shard?.hashes() ?? []) {
        packed.set(hash, at)
        at += hash.length
      }
    }
    return { packed, others: [...this.#others] }
  }

  static from(dump: MemberDump): MemberSet {
    const set = new MemberSet()
    const hashes = new Hashes(dump.packed.length / (WORDS * 4))
    hashes.bytes.set(dump.packed)
    for (let index = 0; index * WORDS * 4 < dump.packed.length; index += 1) set.add(hashes, index)
    for (const text of dump.others) set.addOther(text)
    return set
  }

  /** All members as hexadecimal text in ascending order, in parts of a 256th. */
  *sorted(): Generator<string[]> {
    const others = [...this.#others]
    for (let first = 0; first < SHARDS; first += 1) {
      const prefix = first.toString(16).padStart(2, '0')
      const lines = others.filter((text) => text.startsWith(prefix))
      for (const hash of this.#shards[first]?.hashes() ?? []) lines.push(hash.toString('hex'))
      if (lines.length > 0) yield lines.toSorted()
    }
  }
}

/** Hashes one after another, 32 bytes each. */
export class Hashes {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  count = 0

  constructor(room: number) {
    this.bytes = new Uint8Array(room * WORDS * 4)
    this.words = new Int32Array(this.bytes.buffer)
  }

  firstByte(index: number): number {
    return this.bytes[index * WORDS * 4] ?? 0
  }
}

/** Open addressing with linear probing; the hash is its own hash. */
class Shard {
  #capacity = CAPACITY_FIRST
  #words = new Int32Array(CAPACITY_FIRST * WORDS)
  #used = new Uint8Array(CAPACITY_FIRST)
  #count = 0

  add(from: Int32Array, at: number): boolean {
    const slot = this.#find(from, at)
    if (this.#used[slot] === 1) return false
    this.#put(slot, from, at)
    this.#count += 1
    if (this.#count * 4 > this.#capacity * 3) this.#grow()
    return true
  }

  remove(from: Int32Array, at: number): boolean {
    const slot = this.#find(from, at)
    if (this.#used[slot] !== 1) return false
    this.#used[slot] = 0
    this.#count -= 1
    this.#closeGap(slot)
    return true
  }

  *hashes(): Generator<Buffer> {
    const bytes = Buffer.from(this.#words.buffer)
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      if (this.#used[slot] === 1) yield bytes.subarray(slot * WORDS * 4, (slot + 1) * WORDS * 4)
    }
  }

  /** The slot that holds the hash, or the free one where it belongs. */
  #find(from: Int32Array, at: number): number {
    let slot = this.#home(from, at)
    while (this.#used[slot] === 1 && !this.#equals(slot, from, at)) slot = (slot + 1) & (this.#capacity - 1)
    return slot
  }

  #home(from: Int32Array, at: number): number {
    return (from[at + 1] ?? 0) & (this.#capacity - 1)
  }

  #equals(slot: number, from: Int32Array, at: number): boolean {
    const here = slot * WORDS
    for (let word = 0; word < WORDS; word += 1) {
      if (this.#words[here + word] !== from[at + word]) return false
    }
    return true
  }

  #put(slot: number, from: Int32Array, at: number): void {
    for (let word = 0; word < WORDS; word += 1) this.#words[slot * WORDS + word] = from[at + word] ?? 0
    this.#used[slot] = 1
  }

  #grow(): void {
    const [words, used, capacity] = [this.#words, this.#used, this.#capacity]
    this.#capacity = capacity * 2
    this.#words = new Int32Array(this.#capacity * WORDS)
    this.#used = new Uint8Array(this.#capacity)
    for (let slot = 0; slot < capacity; slot += 1) {
      if (used[slot] === 1) this.#put(this.#find(words, slot * WORDS), words, slot * WORDS)
    }
  }

  /** Moves later hashes of the same run forward, so that probing still finds them past the freed slot. */
  #closeGap(freed: number): void {
    let gap = freed
    const mask = this.#capacity - 1
    for (let slot = (gap + 1) & mask; this.#used[slot] === 1; slot = (slot + 1) & mask) {
      const home = this.#home(this.#words, slot * WORDS)
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue
      this.#put(gap, this.#words, slot * WORDS)
      this.#used[slot] = 0
      gap = slot
    }
  }
}
