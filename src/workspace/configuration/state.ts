import { objectKinds } from '../../objects/kinds.ts'
import { dataSourceObject } from '../../objects/data-source.ts'
import { credentialObject } from '../../objects/credential.ts'
import { queryObject } from '../../objects/query.ts'
import { valuesOf } from '../../store/object-columns.ts'
import { shownOf } from '../data-sources.ts'
import { inputOf as destinationInput, seesDestination } from '../destinations.ts'
import { inputOf as orchestrationInput, optionsAmong } from '../orchestrations.ts'
import { readAtOnce } from '../../store/workspace.ts'
import type { Db, Tenant } from '../tenant.ts'
import type { Kind } from '../../objects/kinds.ts'
import type { Items } from './items.ts'

/** What is configured now, as far as the one who asks may see it. */

export interface Stored<K extends Kind> {
  readonly id: string
  readonly version: number
  readonly item: Items[K]
  /** Of the values that a credential was made from; null when it was made elsewhere. */
  readonly seedDigest?: string | null
  /** The sealed secrets of a data source. */
  readonly sealed?: string | null
}

/** By name. */
export type State = { readonly [K in Kind]: ReadonlyMap<string, Stored<K>> }

/** Reads all of it at one moment. */
export async function readState({ db, actor }: Tenant): Promise<State> {
  return readAtOnce(db, async (tx) => {
    const destinations = await readDestinations(tx, actor)
    return {
      credential: byName(await readCredentials(tx)),
      data_source: byName(await readDataSources(tx)),
      query: byName(await readQueries(tx)),
      destination: byName(destinations),
      orchestration: byName(await readOrchestrations(tx, new Set(destinations.map(({ id }) => id)))),
    }
  })
}

function byName<K extends Kind>(objects: readonly Stored<K>[]): Map<string, Stored<K>> {
  const ordered = objects.toSorted((left, right) => (left.item.name < right.item.name ? -1 : 1))
  return new Map(ordered.map((object) => [object.item.name, object]))
}

async function readCredentials(db: Db): Promise<Stored<'credential'>[]> {
  const rows = await db.selectFrom('credential').selectAll().execute()
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    seedDigest: row.seed_digest,
    item: itemOf('credential', valuesOf(credentialObject, row)),
  }))
}

async function readDataSources(db: Db): Promise<Stored<'data_source'>[]> {
  const rows = await db.selectFrom('data_source').selectAll().execute()
  return rows.map((row) => {
    const { openColumns, ...common } = valuesOf(dataSourceObject, row)
    const item = { ...common, ...shownOf(row), openColumns }
    return { id: row.id, version: row.version, sealed: row.sealed, item }
  })
}

async function readQueries(db: Db): Promise<Stored<'query'>[]> {
  const rows = await db
    .selectFrom('query')
    .innerJoin('data_source', 'data_source.id', 'query.data_source_id')
    .selectAll('query')
    .select('data_source.name as data_source_name')
    .execute()
  return rows.map((row) => {
    const { active, data_source_name: name } = row
    const item = itemOf('query', { ...valuesOf(queryObject, row), active, dataSource: name })
    return { id: row.id, version: row.version, item }
  })
}

async function readDestinations(db: Db, { principal }: Tenant['actor']): Promise<Stored<'destination'>[]> {
  const rows = await db
    .selectFrom('destination')
    .innerJoin('credential', 'credential.id', 'destination.credential_id')
    .selectAll('destination')
    .select('credential.name as credential_name')
    .where(seesDestination(principal))
    .execute()
  return rows.map((row) => {
    const { id, version, sealed, credential_name: credential } = row
    const { credentialId: _, limits, ...rest } = destinationInput(row)
    const { name, description, kind, ...settings } = rest
    const item = { name, description, credential, kind, ...settings, limits }
    return { id, version, sealed, item }
  })
}

async function readOrchestrations(db: Db, visible: ReadonlySet<string>): Promise<Stored<'orchestration'>[]> {
  const rows = await db
    .selectFrom('orchestration')
    .innerJoin('query', 'query.id', 'orchestration.query_id')
    .innerJoin('destination', 'destination.id', 'orchestration.destination_id')
    .selectAll('orchestration')
    .select([
      'query.name as query_name',
      'destination.name as destination_name',
      'destination.kind as destination_kind',
    ])
    .execute()
  return rows
    .filter((row) => visible.has(row.destination_id))
    .map((row) => {
      const { query_name: query, destination_name: destination, destination_kind: kind } = row
      const input = orchestrationInput(row, kind)
      const common = itemOf('orchestration', { ...input, query, destination })
      return { id: row.id, version: row.version, item: { ...common, ...optionsAmong(input) } }
    })
}

/** What a document says, of these values, in its order. */
function itemOf<K extends Kind>(kind: K, values: Items[K]): Items[K] {
  const names = Object.keys(objectKinds[kind].document.shape).filter((name) => Object.hasOwn(values, name))
  return Object.fromEntries(names.map((name) => [name, values[name as keyof Items[K]]])) as Items[K]
}
