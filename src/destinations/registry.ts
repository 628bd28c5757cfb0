import { z } from 'zod'
import { registryOf } from '../base/entries.ts'
import { invalid } from '../base/rollcall-error.ts'
import { destinationObject } from '../objects/destination.ts'
import { namesOf } from '../objects/object-kind.ts'
import { addKind } from '../workflow/kind.ts'
import type { DestinationKind } from './contract.ts'

/** The kinds of destinations: one for each folder beside this file that has a `destination-kind.ts`. */

const kinds = registryOf<DestinationKind>({
  noun: 'destination kind',
  module: 'destination-kind',
  name: 'destinationKind',
  common: namesOf(destinationObject),
})

export const { all: allDestinationKinds, known: knownDestinationKind } = kinds

/** As `addFrom` of a registry; the workflows of the kinds are known with them. */
export async function addDestinationKinds(folder: URL): Promise<() => void> {
  const remove = await kinds.addFrom(folder)
  const added = allDestinationKinds().flatMap(({ workflows }) => workflows.map(addKind))
  return () => {
    remove()
    for (const removeKind of added) removeKind()
  }
}

await addDestinationKinds(new URL('./', import.meta.url))

/** Error: `request_invalid`. */
export function destinationKindOf(kind: string): DestinationKind {
  const found = knownDestinationKind(kind)
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
  const name = z.literal(kind).describe('where it sends to, as `rollcall destinations kinds` lists')
  return isStandard === true ? name.optional().default(kind) : name
}
