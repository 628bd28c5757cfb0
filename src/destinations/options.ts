import type { Limits } from '../base/limits.ts'
import type { Declared, Settings } from '../sources/contract.ts'
import { settingsIn } from '../sources/settings.ts'
import type { DestinationKind } from './contract.ts'

/** What orchestrations take in addition to what all of them have, by the kind of their destination. */

/** The options of a kind's orchestrations, declared as settings are. */
export function optionsOf({ kind, title, orchestration: { fields } }: DestinationKind): Declared {
  return { kind, title, fields }
}

/** The options among other values, with those that stand for what is left out; none for a kind that is not known. */
export function optionsIn(kind: DestinationKind | undefined, values: Settings): Settings {
  return kind === undefined ? {} : settingsIn(optionsOf(kind), values)
}

/** The limits that orchestrations of this kind may set. */
export function limitsIn({ orchestration }: DestinationKind, limits: Partial<Limits>): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => name in orchestration.limits))
}

/** The fields, such as "limits.batchSize", that orchestrations of this kind have not. What is null is left out. */
export function foreignFields(
  { orchestration }: DestinationKind,
  { options, limits }: { readonly options: Settings; readonly limits: Partial<Limits> },
): string[] {
  const given = Object.keys(options).filter((name) => options[name] !== null)
  return [
    ...given.filter((name) => !Object.hasOwn(orchestration.fields, name)),
    ...Object.keys(limits).flatMap((name) => (name in orchestration.limits ? [] : [`limits.${name}`])),
  ]
}
