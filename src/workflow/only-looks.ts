import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** The mark among a workflow's stored options, in clear, that it only looks. */
export const ONLY_LOOKS = 'onlyLooks'

/**
 * The condition that a workflow only looks, such as a comparison whose difference no one has sent: it says nothing of how its subject
 * stands, and is news for no one but the person who watches it.
 */
export function onlyLooks(table: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${table}.inputs`)} ? ${sql.lit(ONLY_LOOKS)})`
}

/** As `onlyLooks` has it. */
export function isOnlyLooking({ inputs }: { readonly inputs: Record<string, unknown> }): boolean {
  return ONLY_LOOKS in inputs
}
