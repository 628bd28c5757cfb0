import { open, rename, rm } from 'node:fs/promises'
import { checkEmail, checkHash } from '../../audience/email.ts'
import { maskEmail } from '../../audience/mask.ts'
import type { InvalidReason } from '../../audience/email.ts'
import { asDiskFull } from '../hashes/folder.ts'
import { Fault } from './record.ts'
import type { RawValue, Records } from './record.ts'

const HEADER = 'row,reason,value\n'

export interface RejectsOptions {
  readonly path: string
  readonly hashed: boolean
}

/**
 * Passes all records on and lists the invalid ones as CSV: `row` counts all records of the source from 1, the unreadable ones
 * included and header lines left out, through its files in their order; `value` is masked, and empty where there is none.
 * The file appears when all is read, and only if there is something to list.
 */
export async function* listRejects(
  records: Records,
  { path, hashed }: RejectsOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  const temporary = `${path}.tmp`
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', 0o600)
  try {
    let row = 0
    let rejects = 0
    await file.appendFile(HEADER)
    for await (const values of records) {
      let text = ''
      for (const value of values) {
        row += 1
        const reason = whyInvalid(value, hashed)
        if (reason === null) continue
        rejects += 1
        text += `${row},${reason},${shown(value)}\n`
      }
      await file.appendFile(text)
      yield values
    }
    await file.datasync()
    if (rejects > 0) await rename(temporary, path)
  } catch (error) {
    throw asDiskFull(error, path)
  } finally {
    await file.close()
    await rm(temporary, { force: true })
  }
}

function whyInvalid(value: RawValue, hashed: boolean): InvalidReason | null {
  if (value instanceof Fault) return value.reason
  const verdict = hashed ? checkHash(value) : checkEmail(value)
  return verdict.ok ? null : verdict.reason
}

/** A masked value holds no comma, quotation mark or line end: only letters, digits, dots, `@` and bullets. */
function shown(value: RawValue): string {
  return value instanceof Fault ? '' : maskEmail(value)
}
