import { credentialObject } from '../../objects/credential.ts'
import type { Kind } from '../../objects/kinds.ts'
import { orchestrationObject } from '../../objects/orchestration.ts'
import { queryObject } from '../../objects/query.ts'
import { secretsOf } from '../../objects/object-kind.ts'
import { allDestinationKinds, standardKind } from '../../destinations/registry.ts'
import type { Declared } from '../../sources/contract.ts'
import { sourceTypes } from '../../sources/registry.ts'
import { secretNames } from '../../sources/settings.ts'

/** Write-only fields of an object, which no document that Rollcall writes has. */
export function secretFields(kind: Kind, object: { readonly kind?: unknown }): readonly string[] {
  return FIELDS[kind](object.kind)
}

const FIELDS: Readonly<Record<Kind, (kind: unknown) => readonly string[]>> = {
  credential: () => secretsOf(credentialObject),
  data_source: (kind) => secretsAmong(sourceTypes(), kind),
  query: () => secretsOf(queryObject),
  destination: (kind) => secretsAmong(allDestinationKinds(), kind ?? standardKind().kind),
  orchestration: () => secretsOf(orchestrationObject),
}

function secretsAmong(kinds: readonly Declared[], kind: unknown): readonly string[] {
  const known = kinds.filter((one) => one.kind === kind)
  // Without a kind nothing says which fields are none.
  return (known.length === 0 ? kinds : known).flatMap(secretNames)
}
