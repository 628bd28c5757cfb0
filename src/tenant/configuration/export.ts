import { standardKind } from '../../destinations/registry.ts'
import type { QueryText } from '../../store/schema.ts'
import type { Tenant } from '../tenant.ts'
import { readState } from './state.ts'
import type { Items } from './kinds.ts'

/** A whole configuration, without ids, versions, times and secrets. The same configuration gives the same document. */
export interface ExportedConfiguration {
  readonly version: 1
  readonly credentials: readonly Items['credential'][]
  readonly dataSources: readonly ExportedSource[]
  readonly queries: readonly ExportedQuery[]
  readonly destinations: readonly ExportedDestination[]
  readonly orchestrations: readonly Items['orchestration'][]
}

type ExportedSource = Omit<Items['data_source'], 'openColumns'> &
  Partial<Pick<Items['data_source'], 'openColumns'>>

type ExportedDestination = Omit<Items['destination'], 'kind'> & Partial<Pick<Items['destination'], 'kind'>>

type ExportedQuery = Omit<Items['query'], 'active' | 'draft'> &
  Partial<Pick<Items['query'], 'active' | 'draft'>>

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

function exportedSource({ openColumns, ...rest }: Items['data_source']): ExportedSource {
  return openColumns.length === 0 ? rest : { ...rest, openColumns }
}

/** The kind that is meant where none is named is left out, so that versions before there were kinds can read it. */
function exportedDestination(item: Items['destination']): ExportedDestination {
  const { kind, ...rest } = item
  return kind === standardKind().kind ? rest : item
}

/** A draft that someone starts after the export is left alone when the document is applied. */
function exportedQuery({ active, draft, thresholds, ...rest }: Items['query']): ExportedQuery {
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
