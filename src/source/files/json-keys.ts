import { JsonScanner } from './json-scanner.ts'
import type { JsonDamage } from './json-scanner.ts'

export type JsonKeys =
  | { readonly kind: 'incomplete' }
  /** Keys of all objects so far; objects may stand one after the other or in one array. */
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  | { readonly kind: 'broken' }
  | JsonDamage
  /** No value at all. */
  | { readonly kind: 'nothing' }

/**
 * The keys of the objects at the beginning of a text, one for those that differ in capitals only. What is no object is passed over,
 * unless there is nothing else.
 */
export function jsonKeys(bytes: Buffer, whole: boolean): JsonKeys {
  const scanner = new JsonScanner(bytes.length)
  const keys = new Map<string, string>()
  const count = { objects: 0, broken: 0 }
  for (let item = scanner.next(bytes, whole); item !== null; item = scanner.next(bytes, whole)) {
    if (item.kind === 'damaged') return item
    const found = item.kind === 'object' ? keysOf(bytes.toString('utf8', item.start, item.end)) : []
    if (found === null && item.kind === 'object' && scanner.isList) return scanner.damage(item.start)
    if (item.kind === 'broken' || found === null) count.broken += 1
    else count.objects += 1
    for (const key of found ?? []) {
      const folded = key.trim().toLowerCase()
      if (!keys.has(folded)) keys.set(folded, key)
    }
  }
  if (count.objects > 0) return { kind: 'keys', keys: [...keys.values()] }
  if (count.broken > 0) return { kind: 'broken' }
  return { kind: whole ? 'nothing' : 'incomplete' }
}

function keysOf(text: string): string[] | null {
  try {
    return Object.keys(Object(JSON.parse(text)))
  } catch {
    return null
  }
}
