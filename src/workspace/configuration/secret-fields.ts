import { credentialObject } from '../../objects/credential.ts'
import type { Kind } from '../../objects/kinds.ts'
import { secretsOf } from '../../objects/object-kind.ts'
import { allDestinationKinds, standardKind } from '../../destinations/registry.ts'
import type { Declared } from '../../sources/contract.ts'
import { sourceTypes } from '../../sources/registry.ts'
import { secretNames } from '../../sources/settings.ts'

/** Write-only fields of an object, which no document that Rollcall writes has. */
export function secretFields(kind: Kind, object: { readonly kind?: unknown }): readonly string[] {
  if (kind === 'credential') return secretsOf(credentialObject)
  if (kind === 'data_source') return secretsAmong(sourceTypes(), object.kind)
  if (kind === 'destination') return secretsAmong(allDestinationKinds(), object.kind ?? standardKind().kind)
  return []
}

function secretsAmong(kinds: readonly Declared[], kind: unknown): readonly string[] {
  const known = kinds.filter((one) => one.kind === kind)
  // Without a kind nothing says which fields are none.
  return (known.length === 0 ? kinds : known).flatMap(secretNames)
}
