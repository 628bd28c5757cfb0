import { foldName } from '../../base/column-name.ts'
import { damaged } from '../../sources/files/errors.ts'
import { JsonScanner } from '../../sources/files/json-scanner.ts'
import type { JsonDamage, JsonItem } from '../../sources/files/json-scanner.ts'
import type { NamedFile } from '../../sources/files/verified-bytes.ts'
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

  /** `others` null: all keys that are met, one for those that differ in capitals only, as it is met first. */
  constructor(emailColumn: string, others: readonly string[] | null) {
    this.others = [...(others ?? [])]
    this.wanted = [emailColumn, ...this.others].map((name) => ({ name, folded: foldName(name) }))
    this.known = others === null ? new Set() : null
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
  options: PieceOptions & { readonly bytesMax: number },
): AsyncGenerator<(JsonObject | Fault)[], void, void> {
  const scanner = new JsonScanner(options.bytesMax)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(file, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    yield objectsIn(scanner, bytes, false, file.name)
    rest = bytes.subarray(scanner.used)
  }
  yield objectsIn(scanner, rest, true, file.name)
}

function objectsIn(
  scanner: JsonScanner,
  bytes: Buffer,
  whole: boolean,
  name: string,
): (JsonObject | Fault)[] {
  const objects: (JsonObject | Fault)[] = []
  scanner.restart()
  for (let item = scanner.next(bytes, whole); item !== null; item = scanner.next(bytes, whole)) {
    if (item.kind === 'damaged') throw damaged(name, item.what)
    const object = objectOf(bytes, item)
    if (object === BROKEN_LINE && item.kind === 'object' && scanner.isList)
      throw damaged(name, scanner.damage(item.start).what)
    objects.push(object)
  }
  return objects
}

function objectOf(bytes: Buffer, item: Exclude<JsonItem, JsonDamage>): JsonObject | Fault {
  if (item.kind === 'broken') return BROKEN_LINE
  if (item.kind === 'null') return parseObject('{}') ?? BROKEN_LINE
  const text = textOf(bytes, item.start, item.end)
  if (text instanceof Fault) return BAD_ENCODING
  return parseObject(text) ?? BROKEN_LINE
}
