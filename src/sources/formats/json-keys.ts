import { foldName } from '../../base/column-name.ts'
import { JsonScanner } from './json-scanner.ts'
import type { JsonDamage, JsonItem } from './json-scanner.ts'

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
 * unless there is nothing else. The text may grow from one call to the next, and is read on where the last one ended.
 */
export class JsonKeyReader {
  private readonly scanner = new JsonScanner(Number.POSITIVE_INFINITY)
  private readonly keys = new Map<string, string>()
  private objects = 0
  private broken = 0
  private damage: JsonDamage | null = null

  /** `whole` says that nothing follows. */
  read(bytes: Buffer, whole: boolean): JsonKeys {
    const { scanner } = this
    while (this.damage === null) {
      const item = scanner.next(bytes, whole)
      if (item === null) break
      this.take(item, bytes)
    }
    if (this.damage !== null) return this.damage
    if (this.objects > 0) return { kind: 'keys', keys: [...this.keys.values()] }
    if (this.broken > 0) return { kind: 'broken' }
    return { kind: whole ? 'nothing' : 'incomplete' }
  }

  private take(item: JsonItem, bytes: Buffer): void {
    if (item.kind === 'damaged') {
      this.damage = item
      return
    }
    const found = item.kind === 'object' ? keysOf(bytes.toString('utf8', item.start, item.end)) : []
    if (found === null && item.kind === 'object' && this.scanner.isList)
      this.damage = this.scanner.damage(item.start)
    else if (item.kind === 'broken' || found === null) this.broken += 1
    else this.objects += 1
    for (const key of found ?? []) {
      const folded = foldName(key)
      if (!this.keys.has(folded)) this.keys.set(folded, key)
    }
  }
}

function keysOf(text: string): string[] | null {
  try {
    return Object.keys(Object(JSON.parse(text)))
  } catch {
    return null
  }
}
