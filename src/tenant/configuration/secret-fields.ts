import { knownSourceType, sourceTypes } from '../../sources/registry.ts'
import { secretNames } from '../../sources/settings.ts'
import type { Kind } from './kinds.ts'

/** Write-only fields of an object, which no document that Rollcall writes has. */
export function secretFields(kind: Kind, object: { readonly kind?: unknown }): readonly string[] {
  if (kind === 'credential') return ['appId', 'appSecret', 'refreshToken']
  if (kind !== 'data_source') return []
  const type = knownSourceType(String(object.kind))
  // Without a kind nothing says which fields are none.
  return type === undefined ? sourceTypes().flatMap(secretNames) : secretNames(type)
}
