import { foldName } from '../../../base/column-name.ts'
import { damaged } from '../../../sources/formats/errors.ts'
import { JsonScanner } from '../../../sources/formats/json-scanner.ts'
import type { JsonDamage, JsonItem } from '../../../sources/formats/json-scanner.ts'
import type { NamedFile } from '../../../sources/formats/verified-bytes.ts'
import { parseObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { pieces } from './pieces.ts'
import type { PieceOptions } from './pieces.ts'
import { addFault, BAD_ENCODING, BROKEN_LINE, Fault } from './record.ts'
import type { Batch, RawValue } from './record.ts'
import { textOf } from './text.ts'

export interface JsonOptions extends PieceOptions {
  readonly keys: JsonKeys
  /** Longest object. */
  readonly bytesMax: number
}

/** The keys whose values are read, of all files of a source: that of the addresses, and the others that are given or met. */
export class JsonKeys {
  /** Names of the others in the order of their columns. */
  readonly others: string[]
  /** Places of the keys that some object has: 0 for the addresses, then the others. */
  readonly met = new Set<number>()
  private readonly wanted: { readonly name: string; readonly folded: string }[]
  private readonly known: Set<string> | null
  private readonly isOpen: ((name: string) => boolean) | null

  /**
   * `others` null: all keys that are met, one for those that differ in capitals only, as it is met first. `isOpen` tells of which keys
   * a value may reject its object for bytes that are no text; null where those may stand anywhere in it.
   */
  constructor(
    emailColumn: string,
    others: readonly string[] | null,
    isOpen: ((name: string) => boolean) | null = null,
  ) {
    this.others = [...(others ?? [])]
    this.wanted = [emailColumn, ...this.others].map((name) => ({ name, folded: foldName(name) }))
    this.known = others === null ? new Set() : null
    this.isOpen = isOpen
  }

  /** The object in these bytes, some of which are no text: each of them stands in it as a sign of its own. */
  readable(bytes: Buffer, start: number, end: number): JsonObject | Fault {
    if (this.isOpen === null) return BAD_ENCODING
    const object = parseObject(bytes.toString('utf8', start, end))
    return object?.keys().some((key) => this.isSeen(key) && object.textOf(key)?.includes('\ufffd') === true)
      ? BAD_ENCODING
      : (object ?? BROKEN_LINE)
  }

  private isSeen(key: string): boolean {
    const folded = foldName(key)
    const isWanted = this.known !== null || this.wanted.some((one) => one.folded === folded)
    return isWanted && this.isOpen?.(key) === true
  }

  /** Adds what an object holds to columns, of which there may be more afterwards. */
  take(object: JsonObject, addresses: RawValue[], others: (string | null)[][]): void {
    if (this.known !== null) this.meet(object, this.known)
    while (others.length < this.others.length) others.push(addresses.map(() => null))
    for (const [place, { name, folded }] of this.wanted.entries()) {
      const key = object.keyOf(name, folded)
      if (key !== null) this.met.add(place)
      const column = place === 0 ? addresses : others[place - 1]
      column?.push(key === null ? null : object.textOf(key))
    }
  }

  private meet(object: JsonObject, known: Set<string>): void {
    for (const key of object.keys()) {
      if (known.has(key)) continue
      known.add(key)
      const folded = foldName(key)
      if (this.wanted.some((one) => one.folded === folded)) continue
      this.wanted.push({ name: key, folded })
      this.others.push(key.trim())
    }
  }
}

/**
 * The objects of a JSON file, as `JsonScanner` finds them. A key counts as it stands, else in other capitals. A bare `null` is an
 * object without keys; what is no object is a `broken_line`, and in an array `source_damaged`. Later batches may have more columns.
 */
export async function* jsonRecords(file: NamedFile, options: JsonOptions): AsyncGenerator<Batch, void, void> {
  const { keys } = options
  for await (const objects of jsonObjects(file, options)) {
    const others: (string | null)[][] = keys.others.map(() => [])
    const batch: Batch = { addresses: [], others }
    for (const object of objects)
      if (object instanceof Fault) addFault(batch, object)
      else keys.take(object, batch.addresses, others)
    yield batch
  }
}

async function* jsonObjects(
  file: NamedFile,
  options: JsonOptions,
): AsyncGenerator<(JsonObject | Fault)[], void, void> {
  const scanner = new JsonScanner(options.bytesMax)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(file, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    yield objectsIn(scanner, bytes, false, file.name, options.keys)
    rest = bytes.subarray(scanner.used)
  }
  yield objectsIn(scanner, rest, true, file.name, options.keys)
}

function objectsIn(
  scanner: JsonScanner,
  bytes: Buffer,
  whole: boolean,
  name: string,
  keys: JsonKeys,
): (JsonObject | Fault)[] {
  const objects: (JsonObject | Fault)[] = []
  scanner.restart()
  for (let item = scanner.next(bytes, whole); item !== null; item = scanner.next(bytes, whole)) {
    if (item.kind === 'damaged') throw damaged(name, item.what)
    const object = objectOf(bytes, item, keys)
    if (object === BROKEN_LINE && item.kind === 'object' && scanner.isList)
      throw damaged(name, scanner.damage(item.start).what)
    objects.push(object)
  }
  return objects
}

function objectOf(bytes: Buffer, item: Exclude<JsonItem, JsonDamage>, keys: JsonKeys): JsonObject | Fault {
  if (item.kind === 'broken') return BROKEN_LINE
  if (item.kind === 'null') return parseObject('{}') ?? BROKEN_LINE
  const text = textOf(bytes, item.start, item.end)
  if (text instanceof Fault) return keys.readable(bytes, item.start, item.end)
  return parseObject(text) ?? BROKEN_LINE
}
