import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { isAdmin, may, maySeeDestination } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import type { SeenKinds } from '../workflow/seen-problem.ts'
import { nameOfTop } from '../workflow/top-of.ts'
import { seesDestination } from './destinations.ts'

/** Which workflows a person sees, and which of the things that they name. */

/** Which kinds of things this person may read of where they are named in errors and lines of a run log. */
export function seenKinds(principal: Principal): SeenKinds {
  return { sources: may(principal, 'data_source:view'), queries: may(principal, 'query:view') }
}

/**
 * The condition that this person sees what has a destination that they see, or has none as it is run from the command line. What
 * had a destination that is deleted by now stays with administrators, since no one knows any more for whom it was: only a
 * workflow of an orchestration has a name. Parts are seen as their whole is.
 */
export function seesWorkflow(principal: Principal, table: 'workflow' | 'newest'): RawBuilder<boolean> {
  const seen = seesDestination(principal)
  const seesUnbound =
    may(principal, 'pii:view') && maySeeDestination(principal, { adminOnly: false, limitedPii: false })
  if (!seesUnbound) return seen
  return isAdmin(principal)
    ? sql<boolean>`(${seen} or destination.id is null)`
    : sql<boolean>`(${seen} or (destination.id is null and ${nameOfTop(table)} is null))`
}
