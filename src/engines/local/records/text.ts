import { BAD_ENCODING } from './record.ts'
import type { RawValue } from './record.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of UTF-8 bytes, or a fault when they are not that. */
export function textOf(bytes: Buffer, start: number, end: number): Exclude<RawValue, null> {
  for (let at = start; at < end; at += 1)
    if ((bytes[at] as number) > 0x7f) return decode(bytes.subarray(start, end))
  return bytes.toString('latin1', start, end)
}

function decode(bytes: Buffer): Exclude<RawValue, null> {
  try {
    return decoder.decode(bytes)
  } catch {
    return BAD_ENCODING
  }
}
