import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { record } from '../access/activity.ts'
import { may } from '../access/permissions.ts'
import { invalid, isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { capital } from '../base/words.ts'
import type { Query, QueryText } from '../objects/query.ts'
import { engineOn } from '../platform/open.ts'
import { dataSourceRow } from './data-sources.ts'
import { readOptions, warningsOf } from './preview.ts'
import { checkedText, getQuery, NO_DRAFT, queryRow, reachOf } from './queries.ts'
import type { QueryRow } from './queries.ts'
import { requireActivation } from './query-rights.ts'
import { updateVersioned } from './rows.ts'
import { change } from './tenant.ts'
import type { Change, Tenant } from './tenant.ts'

/**
 * How a text becomes the one that is sent from. Its source says beforehand what it returns, so that the person who activates it learns
 * of a wrong name or a second e-mail column, and not a run at night.
 */

const checked = Symbol('checked')

/** A text that was found to work, or could not be looked at. Only `checkText` makes one, and no text becomes active without one. */
export interface CheckedText {
  readonly [checked]: true
  /** Why nothing is known of it, in a sentence; null for one that works. */
  readonly notChecked: string | null
  /** What a person is to know of one that works, in sentences. */
  readonly warnings: readonly string[]
  readonly text: QueryText
}

/**
 * Asks the source what a text returns, without running it, for a person who may activate it; `id` is null for a query that is not
 * saved yet. Errors, which name the query: `access_denied` before anything is asked, `query_failed`, `missing_email_column`, and those
 * of a source that cannot be read now, since nothing can be said of the text then.
 */
export async function checkText(
  tenant: Tenant,
  query: {
    readonly id: string | null
    readonly name: string
    readonly text: QueryText
    readonly dataSourceId: string
  },
  signal: AbortSignal,
): Promise<CheckedText> {
  const { id, name, dataSourceId } = query
  const { principal } = tenant.actor
  const { db } = tenant
  requireActivation(principal, id === null ? { name, hidden: 0 } : await reachOf(db, principal, { id, name }))
  const text = checkedText(query.text)
  const source = await dataSourceRow(db, dataSourceId)
  try {
    const options = readOptions(tenant, source, signal)
    const asked = { ...options, query: text.sql, emailColumn: text.emailColumn }
    const { notChecked, byOrder } = await engineOn(tenant).probe(asked)
    return { [checked]: true, text, notChecked, warnings: warningsOf(byOrder) }
  } catch (error) {
    throw named(error, name)
  }
}

function named(error: unknown, name: string): unknown {
  if (!isRollcallError(error) || typeof error.data['detail'] !== 'string') return error
  const { code, data, passing } = error
  const detail = `query "${name}" cannot be activated. ${capital(error.data['detail'])}`
  return new RollcallError(code, { ...data, detail }, { cause: error, passing })
}

/** Activates the draft, if it works, or says that this could not be found out. Errors: those of `checkText` and of `activateText`. */
export async function activateDraft(
  tenant: Tenant,
  id: string,
  { version, signal }: { readonly version: number; readonly signal: AbortSignal },
): Promise<Query & Pick<CheckedText, 'notChecked' | 'warnings'>> {
  const row = await queryRow(tenant.db, id)
  if (row.version !== version) throw changedMeanwhile(row)
  const text = draftOf(row)
  const known = await checkText(
    tenant,
    { id, name: row.name, text, dataSourceId: row.data_source_id },
    signal,
  )
  const { notChecked, warnings } = known
  return { ...(await activateText(tenant, id, { version, known })), notChecked, warnings }
}

/**
 * The draft becomes what runs from now on. Errors: `not_found`, `access_denied`, `request_invalid` without a draft, `changed_meanwhile`
 * also when it is not the text that was checked.
 */
export async function activateText(
  tenant: Tenant | Change,
  id: string,
  { version, known }: { readonly version: number; readonly known: CheckedText },
): Promise<Query> {
  return change(tenant, async ({ db, actor }) => {
    const before = await queryRow(db, id)
    const draft = draftOf(before)
    requireActivation(actor.principal, await reachOf(db, actor.principal, before))
    // Its data source stays as long as there is the query.
    if (!isDeepStrictEqual(draft, known.text)) throw changedMeanwhile(before)
    await updateVersioned(
      db,
      'query',
      { id, version },
      {
        active: JSON.stringify(draft),
        active_reviewed: may(actor.principal, 'pii:view'),
        ...NO_DRAFT,
        activated_at: sql<Date>`now()`,
      },
    )
    const { notChecked } = known
    const object = { type: 'query', id, name: before.name }
    await record(db, actor, 'query.activated', object, notChecked === null ? {} : { notChecked })
    return getQuery(db, actor.principal, id)
  })
}

function draftOf({ name, draft }: QueryRow): QueryText {
  if (draft === null) throw invalid(`query "${name}" has no draft to activate.`)
  return draft
}

function changedMeanwhile({ name }: QueryRow): RollcallError {
  return new RollcallError('changed_meanwhile', { what: `query "${name}"` })
}
