import { readFile, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'

/** A structure of the format, by the numbers of its fields. */
// oxlint-disable-next-line typescript/no-explicit-any -- the fields of structures of every kind
type Fields = Partial<Record<`field_${1 | 2 | 3 | 4 | 5 | 6 | 7 | 9 | 11 | 14 | 15}`, any>>

export interface Checksummed {
  readonly bytes: Buffer
  /** Where each page begins and ends, its header included. */
  readonly pages: readonly { readonly from: number; readonly to: number }[]
}

/** Writes a Parquet file with the engine; `sql` gives its rows. Options such as `COMPRESSION zstd`. */
export async function writeWith(path: string, sql: string, options = ''): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet${options === '' ? '' : `, ${options}`})`)
  connection.closeSync()
  instance.closeSync()
}

/** Gives every page of a Parquet file of one text column a checksum, as other writers do and the engine does not. */
export async function addChecksums(path: string): Promise<Checksummed> {
  const old = await readFile(path)
  const end = old.length - 8 - old.readUInt32LE(old.length - 8)
  const footer = structureAt(old, end).fields
  const parts: Buffer[] = [old.subarray(0, 4)]
  const pages: { from: number; to: number }[] = []
  let length = 4
  for (const group of footer.field_4) {
    const meta = group.field_1[0].field_3 as Fields
    let at = Number(meta.field_11 ?? meta.field_9)
    const start = length
    let left = Number(meta.field_5)
    while (left > 0) {
      const { fields, bytes } = structureAt(old, at)
      const body = old.subarray(at + bytes, at + bytes + fields.field_3)
      const isData = fields.field_1 === 0
      if (isData) {
        left -= fields.field_5.field_1
        meta.field_9 = BigInt(length)
      }
      const { field_1, field_2, field_3, ...rest } = fields
      const header = serialized({ field_1, field_2, field_3, field_4: crc32(body) | 0, ...rest })
      parts.push(header, body)
      pages.push({ from: length, to: length + header.length + body.length })
      length += header.length + body.length
      at += bytes + body.length
    }
    if (meta.field_11 !== undefined) meta.field_11 = BigInt(start)
    meta.field_7 = BigInt(length - start)
    delete meta.field_14
    delete meta.field_15
    group.field_6 = BigInt(length - start)
    group.field_5 = BigInt(start)
  }
  const written = serialized(footer)
  const tail = Buffer.alloc(4)
  tail.writeUInt32LE(written.length)
  const bytes = Buffer.concat([...parts, written, tail, Buffer.from('PAR1')])
  await writeFile(path, bytes)
  return { bytes, pages }
}

function structureAt(bytes: Buffer, offset: number): { fields: Fields; bytes: number } {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset }
  const fields = deserializeTCompactProtocol(reader) as Fields
  return { fields, bytes: reader.offset - offset }
}

function serialized(fields: Fields): Buffer {
  const writer = new ByteWriter()
  serializeTCompactProtocol(writer, fields)
  return Buffer.from(writer.getBuffer())
}
