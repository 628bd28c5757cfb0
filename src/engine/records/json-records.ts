import { JsonScanner } from '../../source/files/json-scanner.ts'
import type { JsonItem } from '../../source/files/json-scanner.ts'
import { foldedName, JsonObject, parseObject } from './json-object.ts'
import { pieces } from './pieces.ts'
import type { PieceOptions } from './pieces.ts'
import { addFault, BAD_ENCODING, BROKEN_LINE, emptyBatch, Fault } from './record.ts'
import type { Batch } from './record.ts'
import { textOf } from './text.ts'

export interface JsonOptions extends PieceOptions {
  readonly emailColumn: string
  /** Further keys to read. */
  readonly others: readonly string[]
  /** Longest object. */
  readonly bytesMax: number
  /** Called with the place of each wanted key once it has been met: 0 for the address, then the others in order. */
  readonly onKey: (place: number) => void
}

/**
 * The objects of a JSON file, as `JsonScanner` finds them. A key counts as it stands, else in other capitals. A bare `null` is an
 * object without keys; what is no object is a `broken_line`.
 */
export async function* jsonRecords(path: string, options: JsonOptions): AsyncGenerator<Batch, void, void> {
  const wanted = [options.emailColumn, ...options.others].map((name) => ({ name, folded: foldedName(name) }))
  const met = new Set<number>()
  const take = (object: JsonObject, batch: Batch) => {
    for (const [place, { name, folded }] of wanted.entries()) {
      const key = object.keyOf(name, folded)
      if (key !== null && !met.has(place)) {
        met.add(place)
        options.onKey(place)
      }
      const column = place === 0 ? batch.addresses : batch.others[place - 1]
      column?.push(key === null ? null : object.textOf(key))
    }
  }
  for await (const objects of jsonObjects(path, options)) {
    const batch = emptyBatch(options.others.length)
    for (const object of objects)
      if (object instanceof Fault) addFault(batch, object)
      else take(object, batch)
    yield batch
  }
}

/** The names of all keys of a file's objects: one for those that differ in capitals only, as it is met first. */
export async function jsonNames(
  path: string,
  options: PieceOptions & { readonly bytesMax: number },
): Promise<string[]> {
  const names = new Map<string, string>()
  const seen = new Set<string>()
  for await (const objects of jsonObjects(path, options))
    for (const object of objects)
      if (!(object instanceof Fault))
        for (const key of object.keys())
          if (!seen.has(key)) {
            seen.add(key)
            const folded = foldedName(key)
            if (!names.has(folded)) names.set(folded, key)
          }
  return [...names.values()]
}

async function* jsonObjects(
  path: string,
  options: PieceOptions & { readonly bytesMax: number },
): AsyncGenerator<(JsonObject | Fault)[], void, void> {
  const scanner = new JsonScanner(options.bytesMax)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(path, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    yield objectsIn(scanner, bytes, false)
    rest = bytes.subarray(scanner.used)
  }
  yield objectsIn(scanner, rest, true)
}

function objectsIn(scanner: JsonScanner, bytes: Buffer, whole: boolean): (JsonObject | Fault)[] {
  const objects: (JsonObject | Fault)[] = []
  scanner.restart()
  for (let item = scanner.next(bytes, whole); item !== null; item = scanner.next(bytes, whole))
    objects.push(objectOf(bytes, item))
  return objects
}

function objectOf(bytes: Buffer, item: JsonItem): JsonObject | Fault {
  if (item.kind === 'broken') return BROKEN_LINE
  if (item.kind === 'null') return parseObject('{}') ?? BROKEN_LINE
  const text = textOf(bytes, item.start, item.end)
  if (text instanceof Fault) return BAD_ENCODING
  return parseObject(text) ?? BROKEN_LINE
}
