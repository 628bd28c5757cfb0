import { checkedName } from '../../base/checked-name.ts'
import { knownDestinationKind } from '../../destinations/registry.ts'
import { hasTarget, targetKey as keyOf } from '../../destinations/targets.ts'
import type { Tenant } from '../tenant.ts'
import { kinds, references, sections } from '../../objects/kinds.ts'
import { nounOf } from '../../objects/noun.ts'
import type { Kind } from '../../objects/kinds.ts'
import type { Items } from './items.ts'
import { meant, problemOf, quoted } from './problems.ts'
import type { Problem } from './problems.ts'

/** What is wrong with a configuration as a whole, once the document is applied: names, references and lists. */

export interface Placed<K extends Kind> {
  readonly item: Items[K]
  /** Where the document says it; null for what stays as it is. */
  readonly path: Problem['path'] | null
}

export type Whole = { readonly [K in Kind]: readonly Placed<K>[] }

export function checkWhole(tenant: Tenant, whole: Whole): Problem[] {
  return [
    ...kinds.flatMap((kind) => checkNames(tenant, whole[kind])),
    ...kinds.flatMap((kind) => checkReferences(whole, kind)),
    ...checkActive(whole),
    ...checkTargets(tenant, whole),
  ]
}

function checkNames({ limits }: Tenant, objects: readonly Placed<Kind>[]): Problem[] {
  const first = new Map<string, Problem['path']>()
  return objects.flatMap(({ item: { name }, path }) => {
    if (path === null) return []
    const known = first.get(name)
    first.set(name, known ?? path)
    const at = [...path, 'name']
    if (known === undefined) return problemOf(at, () => checkedName(name, limits))
    return [{ path: at, text: `${quoted(name)} is the name of ${known[0]}[${known[1]}] too.` }]
  })
}

function checkReferences(whole: Whole, kind: Kind): Problem[] {
  return references[kind].flatMap(({ name: field, to: target }) => {
    const names = whole[target].map(({ item }) => item.name)
    const known = new Set(names)
    return whole[kind].flatMap(({ item, path }) => {
      const name = String((item as unknown as Record<string, unknown>)[field])
      if (known.has(name)) return []
      if (path === null) {
        const text = `${nounOf(target)} ${quoted(name)} would be deleted, but ${nounOf(kind)} ${quoted(item.name)}, which stays, uses it.`
        return [{ path: [sections[target]], text }]
      }
      const text = `there is no ${nounOf(target)} ${quoted(name)}.${meant(name, names)}`
      return [{ path: [...path, field], text }]
    })
  })
}

function checkActive(whole: Whole): Problem[] {
  const drafts = new Set(whole.query.filter(({ item }) => item.active === null).map(({ item }) => item.name))
  return whole.orchestration.flatMap(({ item, path }) => {
    if (path === null || !drafts.has(item.query)) return []
    const text = `query ${quoted(item.query)} has no active text, but an orchestration sends only an active query.`
    return [{ path: [...path, 'query'], text }]
  })
}

/** Which target an orchestration means, for comparison with others; null for none. */
export function targetKey(destination: Items['destination'] | undefined, name: string | null): string | null {
  const kind = knownDestinationKind(destination?.kind ?? '')
  if (destination === undefined || !hasTarget(kind) || name === null) return null
  return `${kind.kind} ${keyOf(kind, destination, name)}`
}

/** The target of an orchestration has a name if its destination's kind knows such a thing, and one owner. */
function checkTargets({ limits }: Tenant, whole: Whole): Problem[] {
  const destinations = new Map(whole.destination.map(({ item }) => [item.name, item]))
  const owners = new Map<string, string>()
  // Those that stay come first, so that the problem has a place in the document.
  const objects = whole.orchestration.toSorted(
    (left, right) => Number(left.path !== null) - Number(right.path !== null),
  )
  return objects.flatMap(({ item, path }) => {
    const { listName } = item
    const destination = destinations.get(item.destination)
    const kind = knownDestinationKind(destination?.kind ?? '')?.target
    if (kind === undefined) return []
    const at = path === null ? null : [...path, 'listName']
    if (kind === null || listName === null) {
      if (at === null || (kind === null && listName === null)) return []
      const text = kind === null ? 'does not apply to this destination.' : 'is missing.'
      return [{ path: at, text }]
    }
    const nameLimits = { ...limits, nameCharsMax: limits[kind.nameCharsMax] }
    const wrong = at === null ? [] : problemOf(at, () => checkedName(listName, nameLimits))
    if (wrong.length > 0) return wrong
    const key = targetKey(destination, listName) ?? ''
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, item.name)
    if (owner === undefined || at === null) return []
    const [short = kind.noun] = kind.noun.split(' ').slice(-1)
    const text = `${kind.noun} ${quoted(listName)} of ${kind.where} belongs to the orchestration ${quoted(owner)}. Two orchestrations cannot own one ${short}.`
    return [{ path: at, text }]
  })
}
