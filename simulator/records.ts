import { createHash } from 'node:crypto'
import { Hashes } from './members.ts'
import type { MemberSet } from './members.ts'

const SHA256_CHARS = 64
const COMMA = 44
const SHORTER_HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{32})$/
const PLAIN_EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/

/** Value of each lower-case hexadecimal digit by its character code, -1 for every other character. */
const DIGITS = Int8Array.from({ length: 256 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCodePoint(code)),
)

/** The string `records` of a call, read. */
export interface Records {
  /** SHA-256 as sent, and those of plain e-mails: the same person either way. */
  readonly hashes: Hashes
  /** SHA-1 and MD5. */
  readonly others: readonly string[]
  /** All records, invalid ones too. */
  readonly count: number
  /** Positions of invalid records, from 1. */
  readonly invalid: readonly number[]
}

/**
 * Reads comma-separated records; one comma at the end is allowed. A record is a lower-case SHA-256, SHA-1 or MD5
 * in hexadecimal, or a lower-case e-mail. One pass over the bytes, as a call may hold ten thousand.
 */
export function readRecords(text: string): Records {
  const bytes = Buffer.from(text, 'utf8')
  const end = bytes.length > 0 && bytes[bytes.length - 1] === COMMA ? bytes.length - 1 : bytes.length
  const hashes = new Hashes(recordsAtMost(bytes))
  const others: string[] = []
  const invalid: number[] = []
  let count = 0
  for (let at = 0; at <= end;) {
    count += 1
    if (readSha256(bytes, at, end, hashes)) {
      at += SHA256_CHARS + 1
      continue
    }
    const comma = bytes.indexOf(COMMA, at)
    const stop = comma === -1 || comma > end ? end : comma
    if (!readOther(bytes.toString('utf8', at, stop), hashes, others)) invalid.push(count)
    at = stop + 1
  }
  return { hashes, others, count, invalid }
}

function recordsAtMost(bytes: Buffer): number {
  let commas = 0
  for (const byte of bytes) if (byte === COMMA) commas += 1
  return commas + 1
}

function readSha256(bytes: Buffer, at: number, end: number, into: Hashes): boolean {
  const stop = at + SHA256_CHARS
  if (stop > end || (stop < end && bytes[stop] !== COMMA)) return false
  const target = into.count * 32
  for (let pair = 0; pair < 32; pair += 1) {
    const high = DIGITS[bytes[at + pair * 2] ?? 0] ?? -1
    const low = DIGITS[bytes[at + pair * 2 + 1] ?? 0] ?? -1
    if ((high | low) < 0) return false
    into.bytes[target + pair] = (high << 4) | low
  }
  into.count += 1
  return true
}

function readOther(record: string, hashes: Hashes, others: string[]): boolean {
  if (SHORTER_HASH.test(record)) {
    others.push(record)
    return true
  }
  if (!PLAIN_EMAIL.test(record) || record !== record.toLowerCase()) return false
  hashes.bytes.set(createHash('sha256').update(record).digest(), hashes.count * 32)
  hashes.count += 1
  return true
}

export function addAll(members: MemberSet, records: Records): void {
  for (let index = 0; index < records.hashes.count; index += 1) members.add(records.hashes, index)
  for (const text of records.others) members.addOther(text)
}

export function removeAll(members: MemberSet, records: Records): void {
  for (let index = 0; index < records.hashes.count; index += 1) members.remove(records.hashes, index)
  for (const text of records.others) members.removeOther(text)
}
