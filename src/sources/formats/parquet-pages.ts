import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { isDeepStrictEqual } from 'node:util'
import { isRollcallError } from '../../base/rollcall-error.ts'
import type { SourceFile } from '../source.ts'
import { isEmailName } from '../email-column.ts'
import { damaged, sourceNotFound, systemCodeOf } from './errors.ts'

export interface PagesOptions {
  /** The only column that will be read, in any case; null for all. */
  readonly column: string | null
  readonly signal: AbortSignal
}

/**
 * Checks what a Parquet file says of itself: its footer and the header of every page can be read, rows and values add up, and each
 * page that carries a checksum matches it. Values of pages without a checksum are not looked at: nothing tells whether they
 * are right.
 *
 * Errors: `source_damaged`, `source_not_found`.
 */
export async function verifyParquet(
  file: Pick<SourceFile, 'path' | 'name'>,
  { column, signal }: PagesOptions,
): Promise<void> {
  await withFile(file, async (handle) => {
    for (const chunk of chunksOf(await readFooter(handle), column)) await verifyChunk(handle, chunk, signal)
  }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

/**
 * The names of the columns of a Parquet file as they stand in its footer, in order: an engine changes those that are the same to it.
 * Errors: `source_damaged`, `source_not_found`.
 */
export async function parquetNames(file: Pick<SourceFile, 'path' | 'name'>): Promise<string[]> {
  return withFile(file, async (handle) => {
    const { footer } = await readFooter(handle)
    const elements = listOf(footer.field_2)
    const names: string[] = []
    // Elements that are still to come within the last column that was met.
    let pending = 0
    for (const { field_4: name, field_5: within } of elements.slice(1)) {
      if (pending === 0) names.push(textOf(name))
      pending += (within === undefined ? 0 : numberOf(within)) - (pending === 0 ? 0 : 1)
    }
    return names
  })
}

async function withFile<T>(
  file: Pick<SourceFile, 'path' | 'name'>,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  try {
    const handle = await open(file.path, 'r')
    try {
      return await work(handle)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw faultOf(file.name, error)
  }
}

function faultOf(name: string, error: unknown): unknown {
  if (isRollcallError(error)) return error
  if (error instanceof Fault) return damaged(name, error.message, error)
  const code = systemCodeOf(error)
  if (code !== undefined && 'syscall' in Object(error))
    return sourceNotFound(`"${name}" cannot be read (${code}).`, error)
  // What a damaged structure makes of its reader has many faces: a range, a type, a stack that overflows.
  return damaged(name, FOOTER, error)
}

/** What is wrong, to go on with after the file's name. */
class Fault extends Error {}

const FOOTER = 'is a damaged Parquet file: its footer cannot be read'
const PAGE = 'is a damaged Parquet file: a page of column'

/** A structure of the format by the numbers of its fields, which are those of the format's description. */
interface Fields {
  /** Footer: version. Element: type. Row group: columns. Column: file. Its metadata: type. Page: kind. A kind of page: values. */
  readonly field_1?: unknown
  /** Footer: elements of the schema. Page: bytes unpacked. */
  readonly field_2?: unknown
  /** Footer: rows. Element: repetition. Row group: rows. Column: metadata, within it path. Page: bytes on disk. */
  readonly field_3?: unknown
  /** Footer: row groups. Element: name. Page: checksum. */
  readonly field_4?: unknown
  /** Element: elements within it. Metadata of a column: values. Page: data page. */
  readonly field_5?: unknown
  /** Metadata of a column: bytes unpacked, headers included. Page: index page. */
  readonly field_6?: unknown
  /** Metadata of a column: bytes on disk, headers included. Page: dictionary page. */
  readonly field_7?: unknown
  /** Page: data page of the second version. */
  readonly field_8?: unknown
  /** Metadata of a column: where its first data page begins. */
  readonly field_9?: unknown
  /** Metadata of a column: where its dictionary begins. */
  readonly field_11?: unknown
}

interface Chunk {
  readonly column: string
  readonly offset: number
  readonly values: number
  readonly end: number
}

const TAIL_BYTES = 8

async function readFooter(handle: FileHandle): Promise<{ footer: Fields; end: number }> {
  const { size } = await handle.stat()
  const tail = await readAt(handle, size - TAIL_BYTES, TAIL_BYTES)
  const length = tail.readUInt32LE(0)
  const end = size - TAIL_BYTES - length
  if (end < 4) throw new Fault(FOOTER)
  const footer = parse(await readAt(handle, end, length))
  if (footer === null || footer.bytes !== length) throw new Fault(FOOTER)
  return { footer: footer.fields, end }
}

function chunksOf({ footer, end }: { footer: Fields; end: number }, wanted: string | null): Chunk[] {
  const rowGroups = listOf(footer.field_4)
  const leaves = leavesOf(listOf(footer.field_2))
  let rows = 0
  const chunks = rowGroups.flatMap((group) => {
    rows += numberOf(group.field_3)
    if (!isOfSchema(listOf(group.field_1), leaves)) throw new Fault(FOOTER)
    return listOf(group.field_1).flatMap((column) => chunkOf(column, numberOf(group.field_3), end) ?? [])
  })
  if (rows !== numberOf(footer.field_3)) throw new Fault(FOOTER)
  return wanted === null ? chunks : chunks.filter(({ column }) => isEmailName(column, wanted))
}

/** A column as the schema describes it. */
interface Leaf {
  readonly type: unknown
  readonly path: readonly string[]
}

/** The columns of a schema, whose elements stand in the order of their tree. */
function leavesOf(elements: readonly Fields[]): Leaf[] {
  const leaves: Leaf[] = []
  let at = 0
  const walk = (path: readonly string[]): void => {
    const element = elements[at]
    at += 1
    if (element === undefined) throw new Fault(FOOTER)
    const children = element.field_5 === undefined ? 0 : numberOf(element.field_5)
    if (at > 1 && element.field_1 !== undefined) leaves.push({ type: element.field_1, path })
    else if (children < 1 && elements.length > 1) throw new Fault(FOOTER)
    for (let child = 0; child < children; child += 1) walk([...path, textOf(elements[at]?.field_4)])
  }
  walk([])
  if (at !== elements.length) throw new Fault(FOOTER)
  return leaves
}

/** Whether a row group has the columns of the schema, in its order and of its types. */
function isOfSchema(columns: readonly Fields[], leaves: readonly Leaf[]): boolean {
  if (columns.length !== leaves.length) return false
  return columns.every(({ field_3: meta }, index) => {
    if (meta === undefined) return true
    const { field_1: type, field_3: path } = meta as Fields
    return isDeepStrictEqual({ type, path: (path as unknown[]).map(textOf) }, leaves[index])
  })
}

function textOf(name: unknown): string {
  return Buffer.from(name as Uint8Array).toString('utf8')
}

function chunkOf(column: Fields, rows: number, end: number): Chunk | null {
  const meta = column.field_3 as Fields | undefined
  // Of another file, or encrypted: the engine refuses these.
  if (column.field_1 !== undefined || meta === undefined) return null
  const path = (meta.field_3 as unknown[]).map(textOf)
  const values = numberOf(meta.field_5)
  const dictionary = meta.field_11 === undefined ? 0 : numberOf(meta.field_11)
  const data = numberOf(meta.field_9)
  const isFlat = path.length === 1
  if ((isFlat && values !== rows) || data < 4 || data >= end || dictionary < 0) throw new Fault(FOOTER)
  return { column: path.join('.'), values, end, offset: dictionary > 0 ? Math.min(dictionary, data) : data }
}

const DATA_PAGE = 0
const DATA_PAGE_V2 = 3
/** By the kind of a page, the part of its header that describes it; others it has none. */
const PARTS = ['field_5', 'field_6', 'field_7', 'field_8'] as const

/** Follows the pages of a column from one header to the next, until all its values were met. */
async function verifyChunk(handle: FileHandle, chunk: Chunk, signal: AbortSignal): Promise<void> {
  let { offset } = chunk
  let left = chunk.values
  while (left > 0) {
    signal.throwIfAborted()
    const { fields, bytes } = await readHeader(handle, offset, chunk)
    const length = numberOf(fields.field_3)
    const kinds = PARTS.flatMap((part, kind) => (fields[part] === undefined ? [] : [kind]))
    if (kinds.length !== 1 || kinds[0] !== fields.field_1) throw unreadable(chunk)
    offset += bytes
    if (length < 0 || offset + length > chunk.end) throw unreadable(chunk)
    if (fields.field_4 !== undefined)
      await verifyChecksum(handle, offset, length, numberOf(fields.field_4), chunk)
    if (fields.field_1 === DATA_PAGE) left -= valuesOf(fields.field_5, chunk)
    if (fields.field_1 === DATA_PAGE_V2) left -= valuesOf(fields.field_8, chunk)
    offset += length
  }
  if (left !== 0) throw unreadable(chunk)
}

function valuesOf(page: unknown, chunk: Chunk): number {
  const values = (page as Fields | undefined)?.field_1
  if (typeof values !== 'number' || values < 0) throw unreadable(chunk)
  return values
}

const HEADER_BYTES = 4096

/** Headers hold the least and the greatest value, and so may be long. */
async function readHeader(
  handle: FileHandle,
  offset: number,
  chunk: Chunk,
): Promise<{ fields: Fields; bytes: number }> {
  for (let length = HEADER_BYTES; ; length *= 8) {
    const left = chunk.end - offset
    const header = left <= 0 ? null : parse(await readAt(handle, offset, Math.min(length, left)))
    if (header !== null) return header
    if (length >= left) throw unreadable(chunk)
  }
}

const PIECE_BYTES = 1 << 20

async function verifyChecksum(
  handle: FileHandle,
  offset: number,
  length: number,
  checksum: number,
  { column }: Chunk,
): Promise<void> {
  let sum = 0
  for (let at = 0; at < length; at += PIECE_BYTES)
    sum = crc32(await readAt(handle, offset + at, Math.min(PIECE_BYTES, length - at)), sum)
  if (sum !== checksum >>> 0) throw new Fault(`${PAGE} "${column}" does not match its checksum`)
}

function unreadable({ column }: Chunk): Fault {
  return new Fault(`${PAGE} "${column}" cannot be read`)
}

/** The structure at the beginning of `bytes` and its length; null when it does not end there or is none. */
function parse(bytes: Buffer): { fields: Fields; bytes: number } | null {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  try {
    const fields = deserializeTCompactProtocol(reader)
    return reader.offset <= bytes.length ? { fields, bytes: reader.offset } : null
  } catch {
    return null
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
    if (bytesRead === 0) throw new Fault('is a broken Parquet file: it ends too early')
    done += bytesRead
  }
  return bytes
}

function listOf(value: unknown): readonly Fields[] {
  if (Array.isArray(value)) return value as Fields[]
  throw new Fault(FOOTER)
}

function numberOf(value: unknown): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new Fault(FOOTER)
}
