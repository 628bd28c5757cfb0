import { checkPlace } from '../data-sources.ts'
import type { Tenant } from '../tenant.ts'
import { knownDestinationKind } from '../../destinations/registry.ts'
import { sourceTypeOf } from '../../sources/registry.ts'
import { settingsIn } from '../../sources/settings.ts'
import { checkWhole } from './check-whole.ts'
import type { Placed, Whole } from './check-whole.ts'
import { digestOf, fieldChanges, secretChange } from './difference.ts'
import type { Difference, ObjectChange, ObjectName } from './change.ts'
import { parseConfiguration } from './document.ts'
import type { Configuration } from './document.ts'
import { kinds, sections } from '../../objects/kinds.ts'
import type { Kind } from '../../objects/kinds.ts'
import { refusal } from './problems.ts'
import type { Problem } from './problems.ts'
import { readState } from './state.ts'
import type { State, Stored } from './state.ts'
import { targetOf } from './targets.ts'
import type { Look, Target, Wanted } from './targets.ts'

/** One object of the difference, with what is needed to make it so. */
export type Step = {
  readonly [K in Kind]: StepOf<K>
}[Kind]

export interface StepOf<K extends Kind> {
  readonly kind: K
  readonly change: ObjectChange
  readonly stored: Stored<K> | null
  /** Null when it is deleted. */
  readonly target: Target<K> | null
}

export interface Plan {
  readonly steps: readonly Step[]
  readonly state: State
  readonly difference: Difference
}

/** Shows what applying the document would do. Errors: `request_invalid` with all that is wrong with it, `source_not_found`. */
export async function planConfiguration(
  tenant: Tenant,
  document: unknown,
  options: { readonly prune: boolean },
): Promise<Difference> {
  return (await makePlan(tenant, document, options)).difference
}

export async function makePlan(
  tenant: Tenant,
  document: unknown,
  { prune }: { readonly prune: boolean },
): Promise<Plan> {
  const wanted = parseConfiguration(document)
  const state = await readState(tenant)
  const problems: Problem[] = []
  const kindOf = kindsAfter(wanted, state)
  const parts = kinds.map((kind) => partOf(kind, { tenant, wanted, state, kindOf, prune, problems }))
  const whole = Object.fromEntries(parts.map(({ kind, after }) => [kind, after])) as unknown as Whole
  problems.push(...checkWhole(tenant, whole))
  if (problems.length > 0) throw refusal(document, problems)
  const steps = parts.flatMap((part) => part.steps as Step[])
  for (const { kind, change, target } of steps)
    if (kind === 'data_source' && change.action !== 'same' && target !== null) {
      const type = sourceTypeOf(target.item.kind)
      await checkPlace(tenant, type, { ...settingsIn(type, target.item), ...target.secrets })
    }
  return {
    steps,
    state,
    difference: differenceOf(
      steps,
      parts.flatMap((part) => part.left),
    ),
  }
}

/** The kind of a destination by its name, once the document is applied. */
function kindsAfter(wanted: Configuration, state: State): Look<'orchestration'>['kindOf'] {
  const described = new Map(wanted.destinations?.map(({ name, kind }) => [name, kind]))
  return (name) => knownDestinationKind(described.get(name) ?? state.destination.get(name)?.item.kind ?? '')
}

function differenceOf(steps: readonly Step[], left: readonly ObjectName[]): Difference {
  const done = steps.filter(({ change }) => change.action !== 'same')
  // With the versions, since of a secret no one sees what it was before.
  const digest = digestOf(done.map(({ change, stored }) => [change, stored?.version ?? 0]))
  return {
    digest,
    changes: steps.map(({ change }) => change),
    left,
    kept: steps.filter(({ target }) => target?.keepsSecrets === true).map(({ change }) => change.name),
  }
}

interface Sides {
  readonly tenant: Tenant
  readonly wanted: Configuration
  readonly state: State
  readonly kindOf: Look<'orchestration'>['kindOf']
  readonly prune: boolean
  readonly problems: Problem[]
}

interface Part<K extends Kind> {
  readonly kind: K
  readonly steps: readonly StepOf<K>[]
  /** All objects of the kind once it is applied. */
  readonly after: readonly Placed<K>[]
  readonly left: readonly ObjectName[]
}

function partOf<K extends Kind>(kind: K, { tenant, wanted, state, kindOf, prune, problems }: Sides): Part<K> {
  const section: readonly Wanted<K>[] | undefined = wanted[sections[kind]]
  const known: ReadonlyMap<string, Stored<K>> = state[kind]
  const look = targetOf[kind] as (look: Look<K>) => Target<K>
  const described = (section ?? []).map((object, index) => {
    const path = [sections[kind], index]
    const stored = known.get(object.name)
    return { path, stored, target: look({ tenant, wanted: object, stored, kindOf, path, problems }) }
  })
  const names = new Set(described.map(({ target }) => target.item.name))
  const rest = [...known.values()].filter(({ item }) => !names.has(item.name))
  const isPruned = prune && section !== undefined
  const steps = [
    ...described.map(({ stored, target }) => stepOf(kind, stored ?? null, target)),
    ...(isPruned ? rest : []).map((stored) => stepOf(kind, stored, null)),
  ]
  return {
    kind,
    steps: steps.toSorted((left, right) => (left.change.name < right.change.name ? -1 : 1)),
    after: [
      ...described.map(({ path, target }) => ({ item: target.item, path })),
      ...(isPruned ? [] : rest).map(({ item }) => ({ item, path: null })),
    ],
    left: isPruned || section === undefined ? [] : rest.map(({ item: { name } }) => ({ kind, name })),
  }
}

function stepOf<K extends Kind>(kind: K, stored: Stored<K> | null, target: Target<K> | null): StepOf<K> {
  const name = (target ?? stored)?.item.name ?? ''
  if (target === null) return { kind, stored, target, change: { kind, name, action: 'delete', fields: [] } }
  const secrets =
    target.secrets === null
      ? []
      : Object.keys(target.secrets).map((field) => secretChange(field, stored === null))
  const fields = [...fieldChanges(stored?.item ?? {}, target.item), ...secrets]
  const changed = fields.length === 0 ? 'same' : 'change'
  return {
    kind,
    stored,
    target,
    change: { kind, name, action: stored === null ? 'create' : changed, fields },
  }
}
