import { RollcallError } from '../base/rollcall-error.ts'

const UNIQUE_VIOLATION = '23505'

/** Does `work`; a violation of this constraint becomes `name_taken` with the detail. */
export async function unlessTaken<T>(constraint: string, detail: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const found = Object(error) as { code?: unknown; constraint?: unknown }
    if (found.code !== UNIQUE_VIOLATION || found.constraint !== constraint) throw error
    throw new RollcallError('name_taken', { detail }, { cause: error })
  }
}
