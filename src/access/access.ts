import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Actor } from './activity.ts'

export type Db = Kysely<Tables>

/** Who changes people and keys, and where. */
export interface Access {
  readonly store: Pick<Store, 'db'>
  readonly limits: Limits
  readonly actor: Actor
}

/** Does `work` in one transaction: in the caller's when there is one. */
export async function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

/** Until the transaction ends, nobody else changes who there is and what they may do. */
export async function lockUsers(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('app_user', 0))`.execute(tx)
}

/** A name as it is stored: trimmed, not empty, without control characters, not over-long. Error: `request_invalid`. */
export function checkedName(name: string, limits: Limits): string {
  const trimmed = name.trim()
  const chars = Array.from(trimmed).length
  if (trimmed === '') throw invalid('the name is empty.')
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(trimmed)) throw invalid('the name holds a control character.')
  if (chars > limits.nameCharsMax) {
    throw invalid(`the name has ${chars} characters; the limit (nameCharsMax) is ${limits.nameCharsMax}.`)
  }
  return trimmed
}

export function invalid(detail: string): RollcallError {
  return new RollcallError('request_invalid', { detail })
}

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
