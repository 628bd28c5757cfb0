import { entriesIn } from '../base/entries.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { SourceType } from './contract.ts'

/** The types of data sources: one for each folder beside this file that has a `source-type.ts`. */

const types = new Map<string, SourceType>()

/**
 * Adds the types whose folders lie in this one, and answers how to take them out again. Throws, as a defect, for two of one kind and
 * for a field that every data source has by that name.
 */
export async function addSourceTypes(folder: URL): Promise<() => void> {
  const added = await entriesIn<SourceType>(folder, 'source-type', 'sourceType')
  for (const type of added) add(type)
  return () => {
    for (const { kind } of added) types.delete(kind)
  }
}

const COMMON_FIELDS = new Set(['id', 'name', 'description', 'kind', 'openColumns', 'version'])

function add(type: SourceType): void {
  const { kind, fields, facts = {} } = type
  const names = [...Object.keys(fields), ...Object.keys(facts)]
  const taken = names.find((name, index) => COMMON_FIELDS.has(name) || names.indexOf(name) !== index)
  if (types.has(kind) || taken !== undefined)
    throw new TypeError(
      `the source type ${kind} ${taken === undefined ? 'is there twice' : `has a second ${taken}`}`,
    )
  types.set(kind, type)
}

await addSourceTypes(new URL('./', import.meta.url))

export function sourceTypes(): readonly SourceType[] {
  return [...types.values()]
}

/** Undefined for a kind that this version does not know, such as one that was taken out. */
export function knownSourceType(kind: string): SourceType | undefined {
  return types.get(kind)
}

/** Error: `source_not_found`. */
export function sourceTypeOf(kind: string): SourceType {
  const type = types.get(kind)
  if (type !== undefined) return type
  const detail = `this version of Rollcall has no data sources of kind "${kind}".`
  throw new RollcallError('source_not_found', { detail })
}
