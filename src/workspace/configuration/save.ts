import { digestOfSeed } from '../../access/credentials.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { createCredential, deleteCredential, updateCredential } from '../credentials.ts'
import { createDataSource, deleteDataSource, updateDataSource } from '../data-sources.ts'
import { isMoved } from '../kept-settings.ts'
import { destinationKindOf } from '../../destinations/registry.ts'
import type { Declared, Settings } from '../../sources/contract.ts'
import { createDestination, deleteDestination, updateDestination } from '../destinations.ts'
import {
  createOrchestration,
  deleteOrchestration,
  optionsAmong,
  updateOrchestration,
} from '../orchestrations.ts'
import { activateText, checkText } from '../activation.ts'
import type { CheckedText } from '../activation.ts'
import { sourceTypeOf } from '../../sources/registry.ts'
import { secretNames, settingsIn } from '../../sources/settings.ts'
import { createQuery, deleteQuery, discardDraft, updateQuery } from '../queries.ts'
import type { Query, QueryText } from '../../objects/query.ts'
import { change } from '../tenant.ts'
import type { Change, Tenant } from '../tenant.ts'
import { canonical } from './difference.ts'
import type { ObjectChange } from './change.ts'
import { destinationObject } from '../../objects/destination.ts'
import { kinds } from '../../objects/kinds.ts'
import { partsOf } from '../../objects/object-kind.ts'
import { nounOf } from '../../objects/noun.ts'
import type { Kind } from '../../objects/kinds.ts'
import type { Items } from './items.ts'
import type { Step, StepOf } from './plan.ts'
import type { State, Stored } from './state.ts'
import type { Target } from './targets.ts'

/** Saves one object by the functions that every change goes through. */

/** Ids of the objects by their names, with those that were just made. */
export class Names {
  readonly #ids: ReadonlyMap<Kind, Map<string, string>>

  constructor(state: State) {
    this.#ids = new Map(
      kinds.map((kind) => [
        kind,
        new Map([...state[kind]].map(([name, { id }]: [string, { readonly id: string }]) => [name, id])),
      ]),
    )
  }

  /** The plan has made sure that there is one. */
  idOf(kind: Kind, name: string): string {
    const id = this.#ids.get(kind)?.get(name)
    if (id === undefined) throw new RollcallError('not_found', { what: `${nounOf(kind)} "${name}"` })
    return id
  }

  add(kind: Kind, { id, name }: { readonly id: string; readonly name: string }): void {
    this.#ids.get(kind)?.set(name, id)
  }
}

/**
 * What is known of the object beside its change. Errors: those of the functions, `changed_meanwhile` when someone else saved since the
 * plan.
 */
export async function saveStep(
  tenant: Tenant,
  { names, checked }: Saving,
  step: Step,
  signal: AbortSignal,
): Promise<Found> {
  if (step.target === null) {
    if (step.stored !== null) await deleteOne(tenant, step.kind, step.stored)
    return {}
  }
  // A step's kind is that of its target, which a lookup by the kind cannot say.
  const saver = savers[step.kind] as Saver<Kind>
  const saved = await saver({ tenant, names, checked, step, target: step.target, signal })
  names.add(step.kind, saved)
  const { notChecked = null, warnings = [] } = saved
  return { ...(notChecked === null ? {} : { notChecked }), ...(warnings.length === 0 ? {} : { warnings }) }
}

/** What was found out of an object on the way. */
export type Found = Pick<ObjectChange, 'notChecked' | 'warnings'>

/** What the steps of one document share. */
export interface Saving {
  readonly names: Names
  /** Texts of queries that were checked before the first change. */
  readonly checked: ReadonlyMap<Step, CheckedText>
}

interface Save<K extends Kind> extends Saving {
  readonly tenant: Tenant
  readonly step: StepOf<K>
  readonly target: Target<K>
  readonly signal: AbortSignal
}

interface Saved extends Partial<Pick<CheckedText, 'notChecked' | 'warnings'>> {
  readonly id: string
  readonly name: string
}

type Saver<K extends Kind> = (save: Save<K>) => Promise<Saved>

const savers: { readonly [K in Kind]: Saver<K> } = {
  credential: saveCredential,
  data_source: saveDataSource,
  query: saveQuery,
  destination: async ({ tenant, names, step: { stored }, target, signal }) => {
    const { credential, kind, ...own } = partsOf(destinationObject.document, target.item).own
    const common = { ...own, credentialId: names.idOf('credential', credential) }
    const type = destinationKindOf(kind)
    const settings = { ...settingsIn(type, target.item), ...target.secrets }
    if (stored === null) return createDestination(tenant, { ...settings, ...common, kind }, signal)
    const edit = { ...editOf(type, stored.item, settings), ...common, version: stored.version }
    return updateDestination(tenant, stored.id, edit, signal)
  },
  orchestration: async ({ tenant, names, step: { stored }, target }) => {
    const { query, destination, ...rest } = target.item
    const queryId = names.idOf('query', query)
    const input = { ...rest, queryId, destinationId: names.idOf('destination', destination) }
    if (stored === null) return createOrchestration(tenant, input)
    const { id, version, item } = stored
    const taken = Object.keys(optionsAmong(item)).filter((name) => !Object.hasOwn(rest, name))
    const nothing = Object.fromEntries(taken.map((name) => [name, null]))
    return updateOrchestration(tenant, id, { ...nothing, ...input, version })
  },
}

async function saveCredential({ tenant, step: { stored }, target }: Save<'credential'>) {
  const { item, secrets } = target
  const { description } = item
  const digest = secrets === null ? undefined : digestOfSeed(tenant.sealer, secrets)
  if (stored !== null)
    return updateCredential(tenant, stored.id, { version: stored.version, description, ...secrets }, digest)
  if (secrets === null) throw new Error('a new credential has its secrets')
  return createCredential(tenant, { ...item, ...secrets }, digest)
}

async function saveDataSource({ tenant, step: { stored }, target }: Save<'data_source'>) {
  const { item, secrets } = target
  const { name, description, kind, openColumns } = item
  const type = sourceTypeOf(kind)
  const settings = { ...settingsIn(type, item), ...secrets }
  if (stored === null) return createDataSource(tenant, { ...settings, name, description, kind, openColumns })
  const { id, version } = stored
  const edit = editOf(type, stored.item, settings)
  return updateDataSource(tenant, id, { ...edit, version, description, openColumns })
}

/** An edit that leaves exactly these settings and the secrets that are not among them; null takes out what they have no more. */
function editOf(type: Declared, stored: Settings, settings: Settings): Settings {
  const before = settingsIn(type, stored)
  const isPlaced = secretNames(type).some((name) => name in settings) || isMoved(type, before, settings)
  if (!isPlaced) return {}
  return { ...Object.fromEntries(Object.keys(before).map((field) => [field, null])), ...settings }
}

/**
 * Checks the text that a query's step activates; null when it activates none. Errors: those of `checkText`, `not_found` for a data
 * source that is not saved yet.
 */
export async function checkQueryStep(
  tenant: Tenant,
  names: Names,
  { stored, target }: StepOf<'query'>,
  signal: AbortSignal,
): Promise<CheckedText | null> {
  if (target === null) return null
  const { name, active: text, dataSource } = target.item
  if (text === null || isSame(text, stored?.item.active)) return null
  const dataSourceId = names.idOf('data_source', dataSource)
  return checkText(tenant, { id: stored?.id ?? null, name, text, dataSourceId }, signal)
}

/** In one transaction, since on the way a query has a draft that no one wrote. */
async function saveQuery({ tenant, names, step, target: { item }, signal, checked }: Save<'query'>) {
  const { stored } = step
  const known = checked.get(step) ?? (await checkQueryStep(tenant, names, step, signal))
  return change(tenant, async (at) => {
    const text = known?.text ?? item.draft
    let query = stored === null ? await newQuery(at, names, item, text) : await edited(at, stored, item, text)
    if (known !== null) query = await activateText(at, query.id, { version: query.version, known })
    if (item.draft !== null && !isSame(item.draft, query.draft))
      query = await updateQuery(at, query.id, { version: query.version, draft: item.draft })
    if (item.draft === null && query.draft !== null) await discardDraft(at, query.id, query)
    return { ...query, notChecked: known?.notChecked ?? null, warnings: known?.warnings ?? [] }
  })
}

type SavedQuery = Pick<Query, 'id' | 'name' | 'version' | 'draft'>

async function newQuery(
  at: Change,
  names: Names,
  { name, description, dataSource, thresholds }: Items['query'],
  draft: QueryText | null,
): Promise<SavedQuery> {
  if (draft === null) throw new Error('a new query has a text')
  const dataSourceId = names.idOf('data_source', dataSource)
  return createQuery(at, { name, description, dataSourceId, draft, thresholds })
}

async function edited(
  at: Change,
  { id, version, item: before }: Stored<'query'>,
  { description, thresholds }: Items['query'],
  text: QueryText | null,
): Promise<SavedQuery> {
  const draft = text === null || isSame(text, before.draft) ? undefined : text
  const isEdited = !isSame([description, thresholds], [before.description, before.thresholds])
  if (draft === undefined && !isEdited) return { ...before, id, version }
  return updateQuery(at, id, { version, description, thresholds, draft })
}

function isSame(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right)
}

/** In one transaction with a look at its version, so that no one's edit goes with it. */
async function deleteOne(
  tenant: Tenant,
  kind: Kind,
  { id, version, item: { name } }: Stored<Kind>,
): Promise<void> {
  await change(tenant, async (at) => {
    const found = await at.db
      .selectFrom(kind as 'credential')
      .select('version')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (found?.version !== version)
      throw new RollcallError('changed_meanwhile', { what: `${nounOf(kind)} "${name}"` })
    await removers[kind](at, id)
  })
}

const removers: Readonly<Record<Kind, (at: Change, id: string) => Promise<void>>> = {
  credential: deleteCredential,
  data_source: deleteDataSource,
  query: deleteQuery,
  destination: deleteDestination,
  orchestration: deleteOrchestration,
}
