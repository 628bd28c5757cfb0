import type { ItemOf } from '../../objects/object-kind.ts'
import type { Kind, objectKinds } from '../../objects/kinds.ts'
import type { Settings } from '../../sources/contract.ts'

/**
 * What a configuration consists of, as documents say it. Objects are known by their names: ids and versions differ from one Rollcall to the
 * next. A data source and a destination have what is shown of their settings beside the rest, and an orchestration has its options.
 */
export type Items = {
  readonly [K in Kind]: { readonly name: string } & ItemOf<(typeof objectKinds)[K]> &
    (K extends 'data_source' | 'destination' | 'orchestration' ? Settings : unknown)
}
