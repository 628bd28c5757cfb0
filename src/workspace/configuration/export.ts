import { standardKind } from '../../destinations/registry.ts'
import type { Kind, objectKinds } from '../../objects/kinds.ts'
import type { QueryText } from '../../objects/query.ts'
import type { Tenant } from '../tenant.ts'
import { readState } from './state.ts'
import type { Items } from './items.ts'

/** An object as a document says it, without what is empty and may be left out. */
type Exported<K extends Kind> = Partial<Items[K]> & { readonly name: string }

/** A whole configuration, without ids, versions, times and secrets. The same configuration gives the same document. */
export type ExportedConfiguration = { readonly version: 1 } & {
  readonly [K in Kind as (typeof objectKinds)[K]['section']]: readonly Exported<K>[]
}

/** All that the one who asks may see, ordered by name. */
export async function exportConfiguration(tenant: Tenant): Promise<ExportedConfiguration> {
  const state = await readState(tenant)
  return {
    version: 1,
    credentials: [...state.credential.values()].map(({ item }) => item),
    dataSources: [...state.data_source.values()].map(({ item }) => exportedSource(item)),
    queries: [...state.query.values()].map(({ item }) => exportedQuery(item)),
    destinations: [...state.destination.values()].map(({ item }) => exportedDestination(item)),
    orchestrations: [...state.orchestration.values()].map(({ item }) => item),
  }
}

function exportedSource({ openColumns, ...rest }: Items['data_source']): Exported<'data_source'> {
  return openColumns.length === 0 ? rest : { ...rest, openColumns }
}

/** The kind that is meant where none is named is left out, so that versions before there were kinds can read it. */
function exportedDestination(item: Items['destination']): Exported<'destination'> {
  const { kind, ...rest } = item
  return kind === standardKind().kind ? rest : item
}

/** A draft that someone starts after the export is left alone when the document is applied. */
function exportedQuery({ active, draft, thresholds, ...rest }: Items['query']): Exported<'query'> {
  return {
    ...rest,
    ...(active === null ? {} : { active: ordered(active) }),
    ...(draft === null ? {} : { draft: ordered(draft) }),
    thresholds,
  }
}

/** The database gives the fields of a JSON value in an order of its own. */
function ordered({ sql, emailColumn, hashed }: QueryText): QueryText {
  return { sql, emailColumn, hashed }
}
