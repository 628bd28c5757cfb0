import type { Settings } from '../../sources/contract.ts'
import type { QueryText, Thresholds } from '../../store/schema.ts'
import type { DestinationLimits } from '../destinations.ts'
import type { OrchestrationLimits } from '../orchestrations.ts'

/** What a configuration consists of. Objects are known by their names: ids and versions differ from one Rollcall to the next. */

export interface CredentialItem {
  readonly name: string
  readonly description: string
  readonly plugin: 'pinterest'
}

/** With what is shown of its settings beside the rest. */
export type DataSourceItem = {
  readonly name: string
  readonly description: string
  readonly kind: string
  readonly openColumns: readonly string[]
} & Settings

export interface QueryItem {
  readonly name: string
  readonly description: string
  readonly dataSource: string
  readonly active: QueryText | null
  readonly draft: QueryText | null
  readonly thresholds: Thresholds
}

/** With what is shown of its settings beside the rest. */
export type DestinationItem = {
  readonly name: string
  readonly description: string
  readonly credential: string
  readonly kind: string
  readonly adminOnly: boolean
  readonly limitedPii: boolean
  readonly limits: DestinationLimits
} & Settings

export interface OrchestrationItem {
  readonly name: string
  readonly query: string
  readonly destination: string
  readonly listName: string
  readonly automatic: boolean
  readonly enabled: boolean
  readonly cron: string | null
  readonly timeZone: string
  readonly limits: OrchestrationLimits
  readonly adopt: boolean
  readonly sendAdditionsFirst: boolean
}

export interface Items {
  readonly credential: CredentialItem
  readonly data_source: DataSourceItem
  readonly query: QueryItem
  readonly destination: DestinationItem
  readonly orchestration: OrchestrationItem
}

export type Kind = keyof Items

/** Each kind after those that it refers to. */
export const kinds = [
  'credential',
  'data_source',
  'query',
  'destination',
  'orchestration',
] as const satisfies readonly Kind[]

/** Where a document lists the objects of a kind. */
export const sections = {
  credential: 'credentials',
  data_source: 'dataSources',
  query: 'queries',
  destination: 'destinations',
  orchestration: 'orchestrations',
} as const satisfies Record<Kind, string>

/** The fields that name another object, and of which kind that is. */
export const references: Readonly<Record<Kind, Readonly<Record<string, Kind>>>> = {
  credential: {},
  data_source: {},
  query: { dataSource: 'data_source' },
  destination: { credential: 'credential' },
  orchestration: { query: 'query', destination: 'destination' },
}

/** "data source", for a person. */
export function nounOf(kind: Kind): string {
  return kind.replaceAll('_', ' ')
}
