import { readFile, writeFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { listTables } from '../../src/engines/local/preview.ts'
import { readWhole } from '../../src/engines/local/whole-files.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { addChecksums, writeWith } from './checksummed-parquet.ts'
import { optionsFor, run, told, ways } from './whole.ts'
import { Workbench } from './workbench.ts'

queriesRunHere()

const PEOPLE = `SELECT 'user' || (i % 40) || '@example.com' AS email FROM range(60) t(i)`

describe('Parquet', () => {
  test('with a damaged column is refused with a query, which may read it, and without one where it holds the addresses', async () => {
    await using bench = await Workbench.open()
    const path = bench.path('in.parquet')
    await writeWith(
      path,
      `SELECT 'user' || i || '@example.com' AS email, 'note ' || i AS note FROM range(60) t(i)`,
    )
    const bytes = await readFile(path)
    const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer)
    for (const [index, column] of ['email', 'note'].entries()) {
      const meta = groups[0]?.columns[index]?.meta_data
      const at = Number(meta?.dictionary_page_offset ?? meta?.data_page_offset)
      await writeFile(path, Buffer.from(bytes).fill(0xff, at, at + 8))
      for (const query of ways) {
        const options = optionsFor(bench, path, query)
        const { rows: opened } = await openSource(options)
        if (opened.kind !== 'files') throw new Error('no files')
        const isRead = query !== null || column === 'email'
        const said = await told(async () => readWhole(opened, options, async () => Promise.resolve('read')))
        expect(said, column).toMatch(isRead ? /^source_damaged: / : /^read$/)
        const table = await told(async () => JSON.stringify(await listTables(options)))
        expect(table).toMatch(/^source_damaged: /)
      }
    }
  })

  test.each(['', 'COMPRESSION uncompressed', 'COMPRESSION zstd', 'COMPRESSION gzip'])(
    'with checksums (%s): a page with any byte changed is refused or harmless',
    async (options) => {
      await using bench = await Workbench.open()
      const path = bench.path('in.parquet')
      await writeWith(path, PEOPLE, options)
      const { bytes, pages } = await addChecksums(path)
      const good = await run(bench, path, null)
      expect(good).toMatch(/^[0-9a-f]{64} /)
      expect(pages.length).toBeGreaterThan(0)
      const positions = pages.flatMap(({ from, to }) =>
        Array.from({ length: to - from }, (_, index) => from + index),
      )
      for (const [index, at] of positions.entries()) {
        const copy = Buffer.from(bytes)
        copy[at] = (copy[at] as number) ^ (1 << (index % 8))
        await writeFile(path, copy)
        const said = await run(bench, path, ways[index % 2] ?? null)
        expect([good, 'source_damaged']).toContain(said.replace(/^source_damaged: .*/s, 'source_damaged'))
      }
    },
  )

  test('with checksums, of many pages: any byte changed is refused or harmless', async () => {
    await using bench = await Workbench.open()
    const path = bench.path('in.parquet')
    await writeWith(
      path,
      `SELECT 'user' || i || '@example.com' AS email FROM range(50000) t(i)`,
      'ROW_GROUP_SIZE 10000',
    )
    const { bytes, pages } = await addChecksums(path)
    expect(pages.length).toBeGreaterThan(4)
    const good = await run(bench, path, null)
    // The kind of a page stands in its second byte: as one of another kind, it would be passed over.
    for (const { from } of pages) {
      const copy = Buffer.from(bytes)
      copy[from + 1] = (copy[from + 1] as number) ^ 4
      await writeFile(path, copy)
      expect(await run(bench, path, null)).toMatch(/^source_damaged: /)
    }
    const end = pages.at(-1)?.to ?? 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: end - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const copy = Buffer.from(bytes)
          copy[at] = (copy[at] as number) ^ flip
          await writeFile(path, copy)
          expect([good, 'source_damaged']).toContain(
            (await run(bench, path, null)).replace(/^source_damaged: .*/s, 'source_damaged'),
          )
        },
      ),
      { numRuns: 25 },
    )
  })

  test('without checksums: a cut, a damaged footer and what cannot be unpacked are refused', async () => {
    await using bench = await Workbench.open()
    const path = bench.path('in.parquet')
    await writeWith(path, PEOPLE, 'COMPRESSION zstd')
    const bytes = await readFile(path)
    const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
    const damages: Record<string, Buffer> = {
      cut: bytes.subarray(0, -20),
      'cut to nothing': bytes.subarray(0, 6),
      'middle missing': Buffer.concat([bytes.subarray(0, 30), bytes.subarray(60)]),
      'footer of zeros': Buffer.concat([
        bytes.subarray(0, footer),
        Buffer.alloc(40),
        bytes.subarray(footer + 40),
      ]),
      'page header of zeros': Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(12), bytes.subarray(16)]),
      'pages of zeros': Buffer.concat([
        bytes.subarray(0, 30),
        Buffer.alloc(footer - 30),
        bytes.subarray(footer),
      ]),
    }
    for (const [about, content] of Object.entries(damages))
      for (const query of ways) {
        await writeFile(path, content)
        const said = await run(bench, path, query)
        expect([about, said]).toEqual([
          about,
          expect.stringMatching(/^source_damaged: .*"[^"]*in\.parquet" /),
        ])
      }
  })

  test('loses no rows to a Bloom filter that is not what it was', async () => {
    await using bench = await Workbench.open()
    const path = bench.path('in.parquet')
    await writeWith(
      path,
      `SELECT 'user' || i || '@example.com' AS email, ['DE', 'AA', 'ZZ'][1 + i % 3] AS country, i % 7 AS n FROM range(3000) t(i)`,
    )
    const bytes = await readFile(path)
    for (const { meta_data: meta } of parquetMetadata(new Uint8Array(bytes).buffer).row_groups[0]?.columns ??
      []) {
      if (meta?.path_in_schema[0] === 'email') continue
      const [offset, length] = [Number(meta?.bloom_filter_offset), Number(meta?.bloom_filter_length)]
      expect(length).toBeGreaterThan(32)
      bytes.fill(0, offset + length - 32, offset + length)
    }
    await writeFile(path, bytes)
    for (const [condition, count] of [
      ["country = 'DE'", 1000],
      ["country IN ('DE', 'XX')", 1000],
      ["country IN (SELECT 'DE')", 1000],
      ["country IN (SELECT 'D' || max('E') FROM input)", 1000],
      ['n = 3', 429],
    ] as const) {
      const said = await run(bench, path, `SELECT email FROM input WHERE ${condition}`)
      expect(said.split(' '), condition).toHaveLength(count)
    }
  })

  test('a damaged page of a column that is not read does no harm', async () => {
    await using bench = await Workbench.open()
    const path = bench.path('in.parquet')
    await writeWith(
      path,
      `SELECT 'a@example.com' AS email, 'x' || i AS note FROM range(9) t(i)`,
      'COMPRESSION zstd',
    )
    const bytes = await readFile(path)
    const note = parquetMetadata(bytes).row_groups[0]?.columns[1]?.meta_data
    const end = Number(note?.data_page_offset) + Number(note?.total_compressed_size)
    await writeFile(path, Buffer.concat([bytes.subarray(0, end - 40), Buffer.alloc(40), bytes.subarray(end)]))
    expect(await run(bench, path, null)).toMatch(/^[0-9a-f]{64}$/)
    expect(await run(bench, path, "SELECT email FROM input WHERE note <> 'y'")).toMatch(/^source_damaged: /)
  })

  test('a query that is wrong is told as that, whatever the file', async () => {
    await using bench = await Workbench.open()
    const path = bench.path('in.parquet')
    await writeWith(path, PEOPLE)
    expect(await run(bench, path, 'SELECT mail FROM input')).toMatch(/^query_failed: /)
    expect(await run(bench, path, 'SELECT CAST(email AS INTEGER) AS email FROM input')).toMatch(
      /^query_failed: /,
    )
  })
})
