import { registryOf } from '../base/entries.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { dataSourceObject } from '../objects/data-source.ts'
import { namesOf } from '../objects/object-kind.ts'
import type { SourceType } from './contract.ts'

/** The types of data sources: one for each folder beside this file that has a `source-type.ts`. */

const types = registryOf<SourceType>({
  noun: 'source type',
  module: 'source-type',
  name: 'sourceType',
  common: namesOf(dataSourceObject),
})

export const { addFrom: addSourceTypes, all: sourceTypes, known: knownSourceType } = types

await addSourceTypes(new URL('./', import.meta.url))

/** Error: `source_not_found`. */
export function sourceTypeOf(kind: string): SourceType {
  const type = knownSourceType(kind)
  if (type !== undefined) return type
  const detail = `this version of Rollcall has no data sources of kind "${kind}".`
  throw new RollcallError('source_not_found', { detail })
}
