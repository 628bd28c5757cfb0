import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import { listed, plural, words } from '../base/words.ts'
import type { Tables } from '../store/schema.ts'
import { allWorkspaces } from '../store/workspace.ts'
import { SEALED_VERSION } from './seal.ts'
import type { Sealer } from './seal.ts'

/**
 * The tables that keep secrets in a column `sealed`, until a person changes or deletes them. What a workflow or the answer to a request
 * keeps sealed is not among them, since it goes by itself.
 */
export const sealedTables = ['alert', 'credential', 'data_source', 'destination'] as const

/**
 * Makes sure that every stored secret was sealed with a key that this process has, before it does anything with them. Error:
 * `secret_key_wrong`, with what was sealed with another one.
 */
export async function requireKeys(db: Kysely<Tables>, { readableKeys }: Sealer): Promise<void> {
  const found: string[] = []
  for (const table of sealedTables) {
    const { count } = await allWorkspaces(db)
      // All of them have the column, which the type of a table that is not known cannot say.
      .selectFrom(table as 'credential')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where(sql<boolean>`split_part(sealed, '.', 1) = ${SEALED_VERSION}`)
      .where(sql<boolean>`split_part(sealed, '.', 2) <> all(${readableKeys}::text[])`)
      .executeTakeFirstOrThrow()
    if (count > 0) found.push(plural(count, words(table)))
  }
  if (found.length === 0) return
  const detail = `the secrets of ${listed(found)} were sealed with another key`
  throw new RollcallError('secret_key_wrong', { detail })
}
