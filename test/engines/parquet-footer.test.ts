import { readFile, writeFile } from 'node:fs/promises'
import { parquetMetadata } from 'hyparquet'
import { expect, it } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { verifyParquet } from '../../src/sources/formats/parquet-pages.ts'
import { writeWith } from './checksummed-parquet.ts'
import { Workbench } from './workbench.ts'

const { signal } = new AbortController()

async function verdict(path: string, bytes: Buffer): Promise<string> {
  await writeFile(path, bytes)
  try {
    await verifyParquet({ path, name: 'in.parquet' }, { column: 'email', signal })
    return 'good'
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return error.code
  }
}

/** Where a text stands in the footer, in order. */
function placesOf(text: string, bytes: Buffer): number[] {
  const places: number[] = []
  const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  for (let at = bytes.indexOf(text, start); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at)
  return places
}

it('a schema that does not fit the columns is refused: another name, another type, more or fewer columns', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeWith(
    path,
    `SELECT 'user' || i || '@example.com' AS email, i AS number, 'note' AS extra FROM range(9) t(i)`,
  )
  const bytes = await readFile(path)
  expect(await verdict(path, bytes)).toBe('good')
  for (const name of ['email', 'number', 'extra']) {
    const places = placesOf(name, bytes)
    // Once in the schema and once as the path of the column.
    expect(places.length).toBeGreaterThanOrEqual(2)
    for (const place of places.slice(0, 2))
      for (let at = place; at < place + name.length; at += 1)
        for (let bit = 0; bit < 8; bit += 1) {
          const copy = Buffer.from(bytes)
          copy[at] = (copy[at] as number) ^ (1 << bit)
          expect(await verdict(path, copy), `${name} at ${at - place}`).toBe('source_damaged')
        }
  }
})

it('a footer with more bytes than its structure has is refused', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeWith(path, `SELECT 'a@example.com' AS email`)
  const bytes = await readFile(path)
  const end = bytes.length - 8
  const tail = Buffer.from(bytes.subarray(end))
  tail.writeUInt32LE(tail.readUInt32LE(0) + 3, 0)
  expect(await verdict(path, Buffer.concat([bytes.subarray(0, end), Buffer.alloc(3), tail]))).toBe(
    'source_damaged',
  )
})

it('a column is refused that says it has other than all values, or begins behind its end', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeWith(path, `SELECT 'user' || i || '@example.com' AS email FROM range(60) t(i)`)
  const bytes = await readFile(path)
  const { meta_data: meta } = parquetMetadata(new Uint8Array(bytes).buffer).row_groups[0]?.columns[0] ?? {}
  expect(Number(meta?.num_values)).toBe(60)
  // Behind the name of the column: the kind of compression, then the number of values.
  const [, place = 0] = placesOf('email', bytes)
  const at = place + 'email'.length + 3
  expect(bytes.readUInt8(at)).toBe(2 * 60)
  for (const values of [58, 59, 61]) {
    const copy = Buffer.from(bytes)
    copy[at] = 2 * values
    expect(await verdict(path, copy)).toBe('source_damaged')
  }
})

/** Where the numbers of the header of the last page of the first column stand: bytes on disk, and values. */
function numbersOfPage(bytes: Buffer): { length: number; values: number } {
  const { meta_data: meta } = parquetMetadata(new Uint8Array(bytes).buffer).row_groups[0]?.columns[0] ?? {}
  const start = Number(meta?.data_page_offset)
  // Kind, bytes unpacked and bytes on disk follow each other, each behind the sign of a number.
  let length = start + 3
  while (bytes.readUInt8(length) >= 0x80) length += 1
  const values = bytes.indexOf(Buffer.from([0x15, 2 * Number(meta?.num_values)]), length) + 1
  return { length: length + 2, values }
}

it('a page is refused that ends before it begins or behind its column, or holds other than all values', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeWith(
    path,
    `SELECT 'user' || i || '@example.com' AS email FROM range(60) t(i)`,
    'COMPRESSION uncompressed',
  )
  const bytes = await readFile(path)
  const { length, values } = numbersOfPage(bytes)
  for (const [at, change] of [
    [length, (byte: number) => byte ^ 1],
    [length + 1, () => 0x7f],
    [values, (byte: number) => byte + 2],
    [values, (byte: number) => byte - 2],
  ] as const) {
    const copy = Buffer.from(bytes)
    copy[at] = change(bytes.readUInt8(at))
    expect(await verdict(path, copy)).toBe('source_damaged')
  }
})

it('files with structures, lists and maps are whole', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeWith(
    path,
    `SELECT 'a@example.com' AS email, {a: 1, b: {c: 'x', d: [1, 2]}} AS s, [{e: 1}] AS l, map {'k': 1.5} AS m, NULL AS n
      FROM range(3000)`,
    'ROW_GROUP_SIZE 2048',
  )
  expect(await verdict(path, await readFile(path))).toBe('good')
  await expect(verifyParquet({ path, name: 'in.parquet' }, { column: null, signal })).resolves.toBeUndefined()
})

it('rows that the row groups do not add up to are refused, where no column tells as well', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeWith(path, `SELECT ['a@example.com', 'b@example.com'] AS email FROM range(9)`)
  const bytes = await readFile(path)
  expect(await verdict(path, bytes)).toBe('good')
  // The number of all rows, which stands before the list of one row group.
  const rows = Buffer.from([0x16, 2 * 9, 0x19, 0x1c])
  const at = bytes.lastIndexOf(rows)
  expect(bytes.indexOf(rows)).toBe(at)
  for (const count of [8, 10]) {
    const copy = Buffer.from(bytes)
    copy[at + 1] = 2 * count
    expect(await verdict(path, copy)).toBe('source_damaged')
  }
})
