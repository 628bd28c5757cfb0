/** Bytes of one hash. */
export const HASH_BYTES = 32
/** Bytes of one line of a stage file: 64 hexadecimal digits and `\n`. */
export const LINE_BYTES = 65

/** Four lower-case hexadecimal digits (ASCII, big-endian in one number) as two bytes. */
function pack(ascii: number): number {
  const nibbles = (ascii & 0x0f0f0f0f) + 9 * ((ascii >>> 6) & 0x01010101)
  const bytes = nibbles | (nibbles >>> 4)
  return ((bytes >>> 8) & 0xff00) | (bytes & 0xff)
}

/** Reads the 64 digits at `from` into 32 bytes at `to`. The text must be lower-case hexadecimal. */
export function decodeLine(text: DataView, from: number, hashes: DataView, to: number): void {
  for (let step = 0; step < HASH_BYTES; step += 4) {
    const at = from + step * 2
    hashes.setUint32(to + step, ((pack(text.getUint32(at)) << 16) | pack(text.getUint32(at + 4))) >>> 0)
  }
}

/** The first four bytes of the hash whose digits begin at `from`, as a number of 32 bits with sign. */
export function leadingWord(text: DataView, from: number): number {
  return (pack(text.getUint32(from)) << 16) | pack(text.getUint32(from + 4))
}
