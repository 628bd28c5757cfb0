import { checkedName } from '../base/checked-name.ts'
import { sql } from 'kysely'
import type { RawBuilder, Selectable } from 'kysely'
import { changes, record } from '../access/activity.ts'
import type { Page, PageOf } from '../store/pages.ts'
import type { Sealer } from '../access/seal.ts'
import { accessPairs, may, maySeeDestination } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { newId } from '../base/ids.ts'
import { unlessHidden } from '../base/words.ts'
import type { Checked, DestinationKind } from '../destinations/contract.ts'
import type { DestinationEdit, DestinationInput } from '../destinations/schemas.ts'
import { destinationKindOf, knownDestinationKind } from '../destinations/registry.ts'
import { hasTarget, targetId, targetKey } from '../destinations/targets.ts'
import type { WithTarget } from '../destinations/targets.ts'
import type { Settings } from '../sources/contract.ts'
import { secretNames, settingsIn, stillShown } from '../sources/settings.ts'
import { destinationObject } from '../objects/destination.ts'
import type { Destination } from '../objects/destination.ts'
import { partsOf } from '../objects/object-kind.ts'
import type { Output } from '../objects/object-kind.ts'
import { columnsOf, valuesOf } from '../store/object-columns.ts'
import type { DestinationTable } from '../store/schema.ts'
import { checkDestination } from './check-destination.ts'
import { changedSettings, keptSettings, openSettings, requireOwn, settingsBefore } from './kept-settings.ts'
import { deleteUnused, named, notFound, onPage, updateVersioned } from './rows.ts'
import { ownTarget } from './own-target.ts'
import { change, given } from './tenant.ts'
import { pageOf } from '../store/pages.ts'
import type { Change, Db, Tenant } from './tenant.ts'

/** Destinations: where can be sent to with a credential. Nothing is saved that the check of its kind does not accept. */

export type DestinationRow = Selectable<DestinationTable>

/** What every destination has of an input. */
type Common = Output<typeof destinationObject.input>

/** The destinations that this person may see, those of a credential when one is given. */
export async function listDestinations(
  db: Db,
  principal: Principal,
  { credentialId }: { readonly credentialId?: string | undefined },
  page: Page,
): Promise<PageOf<Destination>> {
  let query = complete(db).where(onPage('destination', page)).where(seesDestination(principal))
  if (credentialId !== undefined) query = query.where('destination.credential_id', '=', credentialId)
  const rows = await query
    .orderBy('destination.name')
    .limit(page.limit + 1)
    .execute()
  return pageOf(rows, page.limit, 'name', (row) => viewOf(row, principal))
}

/** The settings of *Admin only* and *PII setting* with which this person sees a destination. */
export function visiblePairs(principal: Principal): { admin_only: boolean; limited_pii: boolean }[] {
  return accessPairs
    .filter((pair) => maySeeDestination(principal, pair))
    .map(({ adminOnly, limitedPii }) => ({ admin_only: adminOnly, limited_pii: limitedPii }))
}

/** Whether this person sees every destination, and with it all that belongs to one. */
export function seesEveryDestination(principal: Principal): boolean {
  return visiblePairs(principal).length === accessPairs.length
}

/** Ends "there is no destination ds_…" for a person from whom one may be hidden, in the same words whether it is. */
export function orHidden(principal: Principal): string {
  return unlessHidden(seesEveryDestination(principal))
}

/** The condition that this person sees the destination that is joined; without one it does not hold. */
export function seesDestination(principal: Principal): RawBuilder<boolean> {
  const pairs = visiblePairs(principal).map((pair) => sql`(${pair.admin_only}, ${pair.limited_pii})`)
  if (pairs.length === 0) return sql<boolean>`false`
  return sql<boolean>`(destination.admin_only, destination.limited_pii) in (${sql.join(pairs)})`
}

/** Error: `not_found`, also for one that this person may not see. */
export async function getDestination(db: Db, principal: Principal, id: string): Promise<Destination> {
  const row = await complete(db).where('destination.id', '=', id).executeTakeFirst()
  if (row === undefined || !maySeeDestination(principal, accessOf(row)))
    throw notFound('destination', id, orHidden(principal))
  return viewOf(row, principal)
}

/** Error: `not_found`, also for one that this person may not see. */
export async function destinationRow(db: Db, principal: Principal, id: string): Promise<DestinationRow> {
  const row = await db.selectFrom('destination').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined || !maySeeDestination(principal, accessOf(row)))
    throw notFound('destination', id, orHidden(principal))
  return row
}

export function accessOf(row: Pick<DestinationRow, 'admin_only' | 'limited_pii'>) {
  return { adminOnly: row.admin_only, limitedPii: row.limited_pii }
}

/** Checks in the way of its kind, then saves. Errors: those of the check, `request_invalid`, `name_taken`, `not_found`. */
export async function createDestination(
  tenant: Tenant,
  input: DestinationInput,
  signal: AbortSignal,
): Promise<Destination> {
  const id = newId('ds')
  const name = checkedName(input.name, tenant.limits)
  const kind = destinationKindOf(input.kind)
  const settings = settingsIn(kind, input)
  const { facts } = await checkDestination(tenant, input, signal)
  return change(tenant, async ({ db, actor, sealer }) => {
    await named('destination', () =>
      db
        .insertInto('destination')
        .values({
          id,
          ...columnsOf(destinationObject, { ...input, name }),
          ...stored(kind, { settings, facts }, sealer, id),
        })
        .execute(),
    )
    await record(db, actor, 'destination.created', { type: 'destination', id, name })
    return getDestination(db, actor.principal, id)
  })
}

/** As `createDestination`; what is not given stays, and so does the kind. What its orchestrations write to follows a changed place. */
export async function updateDestination(
  tenant: Tenant,
  id: string,
  input: DestinationEdit,
  signal: AbortSignal,
): Promise<Destination> {
  const before = await destinationRow(tenant.db, tenant.actor.principal, id)
  const { common, wanted } = partsOfEdit(input)
  requireOwn(knownDestinationKind(before.kind), before.kind, wanted, 'destination')
  const kind = destinationKindOf(before.kind)
  const known = settingsBefore(kind, before, wanted, tenant.sealer, 'destination')
  const settings = changedSettings(kind, { known, wanted })
  const after = { ...valuesOf(destinationObject, before), ...common }
  const name = checkedName(after.name, tenant.limits)
  const { facts } = await checkDestination(tenant, { ...after, ...settings }, signal)
  return change(tenant, async ({ db, actor, sealer }) => {
    await updateVersioned(
      db,
      'destination',
      { id, version: input.version },
      {
        ...columnsOf(destinationObject, { ...after, name }),
        ...stored(kind, { settings, facts }, sealer, id),
      },
    )
    if (hasTarget(kind)) await moveTargets({ db, actor }, id, kind, { known, settings })
    const shown = settingsOf(kind, settings)
    const detail = {
      ...changes({ ...inputOf(before) }, { ...after, name, ...shown }),
      ...(secretNames(kind).some((field) => field in wanted) ? { secrets: 'changed' } : {}),
    }
    await record(db, actor, 'destination.updated', { type: 'destination', id, name }, detail)
    return getDestination(db, actor.principal, id)
  })
}

/** Checks a saved destination once more, with its secrets. Errors: those of the check, and `not_found`. */
export async function checkSaved(tenant: Tenant, id: string, signal: AbortSignal): Promise<Checked> {
  const row = await destinationRow(tenant.db, tenant.actor.principal, id)
  const settings = openSettings(destinationKindOf(row.kind), row, tenant.sealer, 'destination')
  return checkDestination(tenant, { ...settings, kind: row.kind, credentialId: row.credential_id }, signal)
}

/** A copy under a name of its own, checked like a new one. */
export async function copyDestination(
  tenant: Tenant,
  id: string,
  name: string,
  signal: AbortSignal,
): Promise<Destination> {
  const original = await destinationRow(tenant.db, tenant.actor.principal, id)
  const kind = destinationKindOf(original.kind)
  const settings = openSettings(kind, original, tenant.sealer, 'destination')
  return createDestination(tenant, { ...inputOf(original), ...settings, name }, signal)
}

/** Errors: `not_found`, `in_use` naming the orchestrations. */
export async function deleteDestination(tenant: Tenant | Change, id: string): Promise<void> {
  await change(tenant, async ({ db, actor }) => {
    const row = await destinationRow(db, actor.principal, id)
    const users = await db
      .selectFrom('orchestration')
      .select('name')
      .where('destination_id', '=', id)
      .orderBy('name')
      .execute()
    await deleteUnused(
      db,
      'destination',
      row,
      users.map(({ name }) => ({ kind: 'orchestration', name })),
    )
    await record(db, actor, 'destination.deleted', { type: 'destination', id, name: row.name })
  })
}

/** Another place is another target: a new baseline for each orchestration of the destination. */
async function moveTargets(
  at: Pick<Change, 'db' | 'actor'>,
  destinationId: string,
  kind: WithTarget,
  { known, settings }: { readonly known: Settings; readonly settings: Settings },
): Promise<void> {
  const { db } = at
  const orchestrations = await db
    .selectFrom('orchestration')
    .select(['id', 'list_name'])
    .where('destination_id', '=', destinationId)
    .execute()
  for (const { id, list_name: name } of orchestrations) {
    if (name === null || targetKey(kind, known, name) === targetKey(kind, settings, name)) continue
    const target = { kind: kind.target, id: await targetId(db, kind, settings, name), name }
    await ownTarget(at, { orchestration: id, target }, (moved) =>
      db.updateTable('orchestration').set({ target_id: moved }).where('id', '=', id).execute(),
    )
  }
}

/** A stored destination as the input that would make it, but for its secrets. */
export function inputOf(row: DestinationRow): DestinationInput {
  const kind = knownDestinationKind(row.kind)
  return {
    ...valuesOf(destinationObject, row),
    ...(kind === undefined ? {} : settingsOf(kind, row.settings)),
  }
}

/** The settings that are shown, without what the check found. */
function settingsOf(kind: DestinationKind, settings: Settings): Settings {
  return stillShown({ ...kind, facts: {} }, settings)
}

/** An edit in what every destination has, and settings of its kind; null takes out one that may be left out. */
function partsOfEdit(edit: DestinationEdit): {
  readonly common: Partial<Common>
  readonly wanted: Settings
} {
  const { version: _, ...edited } = edit
  const { own, rest } = partsOf(destinationObject.edit, edited)
  return { common: given(own), wanted: given(rest) }
}

function stored(
  kind: DestinationKind,
  { settings, facts }: { readonly settings: Settings; readonly facts: Settings },
  sealer: Sealer,
  id: string,
) {
  const shown = stillShown(kind, { ...settings, ...facts })
  return keptSettings(kind, { settings, shown }, sealer, { table: 'destination', id })
}

function complete(db: Db) {
  return db
    .selectFrom('destination')
    .innerJoin('credential', 'credential.id', 'destination.credential_id')
    .selectAll('destination')
    .select('credential.name as credential_name')
    .select((eb) =>
      eb
        .selectFrom('orchestration')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('orchestration.destination_id', '=', 'destination.id')
        .as('orchestrations'),
    )
}

function viewOf(
  row: DestinationRow & { credential_name: string; orchestrations: number | null },
  principal: Principal,
): Destination {
  const kind = knownDestinationKind(row.kind)
  const settings = kind === undefined ? {} : stillShown(kind, row.settings)
  const { credentialId: _, ...own } = valuesOf(destinationObject, row)
  return {
    id: row.id,
    ...own,
    credential: may(principal, 'credential:view')
      ? { id: row.credential_id, name: row.credential_name }
      : null,
    settings,
    place: kind === undefined ? null : kind.place(settings),
    ...kind?.also?.of(settings),
    orchestrations: row.orchestrations ?? 0,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
