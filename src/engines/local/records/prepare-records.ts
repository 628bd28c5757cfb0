import { checkEmail, checkHash, hashEmail } from '../../../members/email.ts'
import type { InvalidReason } from '../../../members/email.ts'
import { foundFormOf } from '../../../members/hash-form.ts'
import type { FoundForm } from '../../../members/hash-form.ts'
import { Fault } from './record.ts'
import type { RawValue, Records } from './record.ts'
import { StageWriter } from './stage-writer.ts'
import { Tally } from './tally.ts'

/** Checked in one go before others get their turn. */
const SLICE = 4096

/** The hash to stage for a value, or why there is none. */
export function judge(
  value: RawValue,
  hashed: boolean,
): { readonly hash: string } | { readonly reason: InvalidReason } {
  if (value instanceof Fault) return value
  if (hashed) return checkHash(value)
  const verdict = checkEmail(value)
  return verdict.ok ? { hash: hashEmail(verdict.email) } : verdict
}

/** What stands there instead, for those who have to find out why. */
function formOf(value: RawValue, reason: InvalidReason): FoundForm | null {
  if (value instanceof Fault || (reason !== 'already_hashed' && reason !== 'not_a_hash')) return null
  return foundFormOf(value)
}

/** Checks and hashes records in JavaScript and writes the stage files into `folder`. Values never reach the disk. */
export async function prepareRecords(
  records: Records,
  options: {
    readonly hashed: boolean
    readonly folder: string
    readonly signal: AbortSignal
    readonly onRows: (rows: number) => void
  },
): Promise<Tally> {
  const { hashed, folder, signal, onRows } = options
  const tally = new Tally()
  const writer = await StageWriter.create(folder)
  try {
    for await (const values of records) {
      for (let from = 0; from < values.length; from += SLICE) {
        signal.throwIfAborted()
        await stage(values.slice(from, from + SLICE), hashed, writer, tally)
      }
      onRows(tally.received)
    }
    await writer.finish()
  } finally {
    await writer.close()
  }
  return tally
}

async function stage(
  values: readonly RawValue[],
  hashed: boolean,
  writer: StageWriter,
  tally: Tally,
): Promise<void> {
  for (const value of values) {
    const verdict = judge(value, hashed)
    if ('reason' in verdict) tally.invalid(verdict.reason, 1, formOf(value, verdict.reason))
    else {
      tally.valid += 1
      const wait = writer.add(verdict.hash)
      if (wait !== undefined) await wait
    }
  }
}
