/** Bytes of one hash. */
export const HASH_BYTES = 32
/** Bytes of one line of a spool or stage file: 64 hexadecimal digits and `\n`. */
export const LINE_BYTES = 65

const NEWLINE = 10
/** Four lower-case digits as the bytes of one number, for every pair of bytes. */
const digits = Uint32Array.from({ length: 65_536 }, (_, pair) =>
  Buffer.from(pair.toString(16).padStart(4, '0'), 'latin1').readUInt32BE(),
)

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

/** Writes all `hashes` as lines into `lines`; returns the bytes written. */
export function encodeLines(hashes: Uint8Array, lines: Uint8Array): number {
  const from = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
  const to = new DataView(lines.buffer, lines.byteOffset, lines.byteLength)
  let out = 0
  for (let at = 0; at < hashes.length;) {
    for (const end = at + HASH_BYTES; at < end; at += 2) {
      to.setUint32(out, digits[from.getUint16(at)] as number)
      out += 4
    }
    lines[out] = NEWLINE
    out += 1
  }
  return out
}
