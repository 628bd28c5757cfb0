import { z } from 'zod'
import { entriesIn } from '../base/entries.ts'
import { invalid } from '../base/rollcall-error.ts'
import { addKind } from '../workflow/kind.ts'
import type { DestinationKind } from './contract.ts'

/** The kinds of destinations: one for each folder beside this file that has a `destination-kind.ts`. */

const kinds = new Map<string, DestinationKind>()

/**
 * Adds the kinds whose folders lie in this one, and answers how to take them out again. Throws, as a defect, for two of one kind and for
 * a field that every destination has by that name.
 */
export async function addDestinationKinds(folder: URL): Promise<() => void> {
  const added = await entriesIn<DestinationKind>(folder, 'destination-kind', 'destinationKind')
  for (const kind of added) add(kind)
  return () => {
    for (const { kind } of added) kinds.delete(kind)
  }
}

const COMMON_FIELDS = new Set(
  `id name description kind credential credentialId adminOnly limitedPii limits settings place orchestrations
  version createdAt updatedAt`.split(/\s+/),
)

function add(added: DestinationKind): void {
  const { kind, fields, facts = {} } = added
  const names = [...Object.keys(fields), ...Object.keys(facts)]
  const taken = names.find((name, index) => COMMON_FIELDS.has(name) || names.indexOf(name) !== index)
  if (kinds.has(kind) || taken !== undefined)
    throw new TypeError(
      `the destination kind ${kind} ${taken === undefined ? 'is there twice' : `has a second ${taken}`}`,
    )
  kinds.set(kind, added)
  added.workflows.forEach(addKind)
}

await addDestinationKinds(new URL('./', import.meta.url))

export function allDestinationKinds(): readonly DestinationKind[] {
  return [...kinds.values()]
}

/** Undefined for a kind that this version does not know, such as one that was taken out. */
export function knownDestinationKind(kind: string): DestinationKind | undefined {
  return kinds.get(kind)
}

/** Error: `request_invalid`. */
export function destinationKindOf(kind: string): DestinationKind {
  const found = kinds.get(kind)
  if (found !== undefined) return found
  throw invalid(`this version of Rollcall has no destinations of kind "${kind}".`)
}

/** The kind that is meant where none is named. */
export function standardKind(): DestinationKind {
  const found = allDestinationKinds().find(({ isStandard }) => isStandard === true)
  if (found === undefined) throw new TypeError('no destination kind is the standard one')
  return found
}

/** The kind's name as a schema of requests and documents; that of the standard kind may be left out. */
export function kindSchema({ kind, isStandard }: DestinationKind): z.ZodType<string> {
  const name = z.literal(kind)
  return isStandard === true ? name.optional().default(kind) : name
}
