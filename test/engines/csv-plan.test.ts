import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { findFacts } from '../../src/engines/local/duckdb/column-types.ts'
import { planCsv, raggedOf } from '../../src/engines/local/duckdb/csv-plan.ts'
import { readInput } from '../../src/engines/local/duckdb/input-rows.ts'
import { prepareTable, stageScans } from '../../src/engines/local/duckdb/prepare-table.ts'
import { scanLines } from '../../src/engines/local/duckdb/scan-sql.ts'
import { withSession } from '../../src/engines/local/duckdb/session.ts'
import { countCsv } from '../../src/engines/local/records/count-csv.ts'
import { examineCsv } from '../../src/engines/local/records/examine-csv.ts'
import type { FileTable } from '../../src/sources/source.ts'
import { filesOf, sha256, spooled, Workbench } from './workbench.ts'

const HEAD = 'id,email,name\n'
const columns = { emailIndex: 1, otherIndexes: [] }
const { signal } = new AbortController()
const options = { limits: defaultLimits, signal }

/** How files of these texts would be read: their numbers by line end and marks of their scan, and those that are read by record. */
async function planned(texts: readonly (string | Buffer)[], table: Partial<FileTable> = {}) {
  await using bench = await Workbench.open()
  const paths: string[] = []
  for (const text of texts)
    paths.push(await bench.write(typeof text === 'string' ? 'in.csv' : 'in.csv.gz', text))
  const rows = await filesOf('csv', paths, table)
  const [first] = rows.tables
  const { scans, asides, exact } = await planCsv(first as FileTable, rows, columns, options)
  const numbers = (some: readonly string[]) => some.map((path) => paths.indexOf(path)).join()
  return {
    scans: scans.map((scan) => `${JSON.stringify(scan.lineEnd)} ${scan.hasQuotes}: ${numbers(scan.paths)}`),
    asides: [...asides].map(([path, aside]) => `${numbers([path])}: ${aside.addresses.map(String).join()}`),
    exact: numbers(exact),
  }
}

describe('the plan for CSV files', () => {
  it('scans those together that are read in one way, and reads the others by record', async () => {
    const windows = `${HEAD}1,a@b.test,x\n`.replaceAll('\n', '\r\n')
    expect(
      await planned([
        `${HEAD}1,a@b.test,x\n`,
        windows,
        `${HEAD}1,a@b.test,"x\ny"\n`,
        `${HEAD}1,a@b.test,"x"\n`,
        `${HEAD}1,b@b.test,"x,y"\n`,
        gzipSync(`${HEAD}1,a@b.test,x\n`),
      ]),
    ).toEqual({
      scans: [String.raw`"\n" false: 0,4`, String.raw`"\r\n" false: 1`, String.raw`"\n" true: 3`],
      asides: ['4: b@b.test'],
      exact: '2,5',
    })
  })

  it('reads by record a file of which too much would be kept aside', async () => {
    const long = `1,a@b.test,"${'x'.repeat(1_900_000)},y"\n`
    expect(await planned([`${HEAD}${long.repeat(2)}`])).toMatchObject({ asides: ['0: a@b.test,a@b.test'] })
    expect(await planned([`${HEAD}${long.repeat(5)}`])).toEqual({ scans: [], asides: [], exact: '0' })
  })

  it('reads by record what lines stand above', async () => {
    const text = `sep=,\n${HEAD}1,a@b.test,x\n`
    expect(await planned([text], { linesAbove: 1 })).toEqual({ scans: [], asides: [], exact: '0' })
  })
})

const SEPARATORS = [',', ';', '\t', '|']

/** Texts with lines of all numbers of fields, in the form of a scan. */
const scannedText = fc
  .record({
    columnCount: fc.integer({ min: 1, max: 4 }),
    delimiter: fc.constantFrom(...SEPARATORS),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    lines: fc.array(
      fc.array(fc.constantFrom('', '', ' ', 'a', '"x"', '"x"', '#c', '"a,b;c|d"'), { maxLength: 7 }),
      {
        maxLength: 8,
      },
    ),
    hasLastEnd: fc.boolean(),
  })
  .map(({ columnCount, delimiter, lineEnd, lines, hasLastEnd }) => {
    const header = Array.from({ length: columnCount }, (_, index) => `h${index}`)
    const text = [header, ...lines].map((fields) => fields.join(delimiter)).join(lineEnd)
    return { columnCount, delimiter, text: text + (hasLastEnd ? lineEnd : '') }
  })

describe('lines that are scanned', () => {
  it('are as many as were counted before, whatever the number of their fields', async () => {
    await using bench = await Workbench.open()
    let scanned = 0
    await withSession({ ...options, tempDir: bench.path('temp') }, async (session) => {
      const check = async ({
        columnCount,
        delimiter,
        text,
      }: {
        columnCount: number
        delimiter: string
        text: string
      }) => {
        const path = await bench.write('in.csv', text)
        const layout = {
          delimiter,
          columnCount,
          linesAbove: 0,
          emailIndex: 0,
          otherIndexes: [],
          bytesMax: 1_000,
        }
        const found = await examineCsv({ path, name: 'in.csv' }, layout, { signal, room: { bytes: 10_000 } })
        if (found === null) return
        scanned += 1
        const table = {
          columns: Array.from({ length: columnCount }, String),
          delimiter,
        } as unknown as FileTable
        const [row = []] = await session.run(
          `SELECT count(*) FROM ${scanLines(table, { ...found, paths: [path] }, 1_000)}`,
        )
        const lineCounts = await countCsv({ path, name: 'in.csv' }, layout, signal)
        const [, ...lines] = text.replace(/(?:\r?\n)$/, '').split(/\r?\n/)
        expect(lineCounts).toMatchObject({ rows: Number(row[0]), lines: lines.length })
        expect(found.lines).toBe(lines.length)
      }
      await fc.assert(fc.asyncProperty(scannedText, check), { numRuns: 600 })
    })
    expect(scanned).toBeGreaterThan(100)
  })

  it.each([
    ['none', `${HEAD}1,a@b.test,x\n`, 1, 0],
    [
      'those with another number of fields',
      `${HEAD}1,a@b.test,x\n1\n1,b\n1,c@b.test,x,y\n\n2,d@b.test,y\n`,
      2,
      3,
    ],
    ['those that are not kept aside', `${HEAD}1,a@b.test,"x,y"\n1\n2,"b@b.test",y\n`, 1, 1],
    ['none for empty fields too many', `${HEAD}1,a@b.test,x,,\n`, 1, 0],
  ])('leave out as ragged %s', async (_, text, count, ragged) => {
    expect(await counted(text)).toEqual({ rows: [count], ragged: ragged === 0 ? [] : [ragged] })
  })

  it('are not relied on where they are not as many', async () => {
    await using bench = await Workbench.open()
    const path = await bench.write('in.csv', `${HEAD}1,a@b.test,x\n1\n`)
    const rows = await filesOf('csv', [path])
    const [table] = rows.tables
    const scan = { paths: [path], lineEnd: '\n', hasQuotes: false } as const
    const job = { ...options, tempDir: bench.path('temp'), onBytes: () => undefined }
    for (const [lines, isRelied] of [
      [2, true],
      [3, false],
    ] as const) {
      const plan = { scans: [{ ...scan, lines }], asides: new Map() }
      const staging = { ...job, hashed: false, onShare: () => undefined }
      const tally = await stageScans(table as FileTable, rows, bench.path(`stage${lines}`), staging, plan)
      expect(tally?.received ?? null).toBe(isRelied ? 2 : null)
    }
    const from = scanLines(table as FileTable, scan, 1_000)
    expect(await withSession(job, (session) => findFacts(session, from, []))).toEqual({ rows: 1, facts: [] })
    const plan = { scans: [{ ...scan, lines: 2 }], asides: new Map() }
    for (const [found, left] of [
      [0, null],
      [1, new Map([[path, 1]])],
      [3, null],
    ] as const)
      expect(await raggedOf(plan, found, table as FileTable, rows, options)).toEqual(left)
  })
})

it('files whose scans are not relied on are read anew, and what they hold is counted once', async () => {
  await using bench = await Workbench.open()
  const text = `${HEAD}1,a@b.test,x\n2,"a,b"junk,x\n`
  const scanned = await bench.write('scanned.csv', text)
  const exact = await bench.write('exact.csv', `${HEAD}1,b@b.test,"x\ny"\n2,"b,b"junk,x\n`)
  const rows = await filesOf('csv', [scanned, exact])
  // Between its examination and its scan one file gets another row.
  const onBytes = () => writeFileSync(scanned, `${text}3,c@b.test,y\n`)
  const none = new Set<string>()
  const place = { tempDir: bench.path('temp'), named: none, wanted: none, areAllNamed: false }
  const read = { ...options, ...place, onBytes }
  const found = await withSession(read, async (session) => {
    const { parts, unread } = await readInput(session, rows, read)
    const all = parts.map(({ from, columns: [email] }) => `SELECT ${email?.value} FROM ${from}`)
    const values = await session.run(all.join(' UNION ALL '))
    return { values: values.flat().map(String), unread: unread.tally().prepared().invalidByReason }
  })
  expect(found.values.toSorted()).toEqual(['a@b.test', 'b@b.test', 'c@b.test'])
  expect(found.unread).toEqual({ broken_line: 2 })
})

it('what a scan staged that is not relied on is gone, and the file is read by record', async () => {
  await using bench = await Workbench.open()
  const path = await bench.write('in.csv', `${HEAD}1,a@b.test,x\n`)
  const rows = await filesOf('csv', [path])
  const stageDir = bench.path('stage')
  await mkdir(stageDir)
  const job = { ...options, tempDir: bench.path('temp'), onBytes: () => undefined, onShare: () => undefined }
  const staging = {
    ...job,
    // It is asked for between the examination of the file and its scan, which takes each line for a record.
    get hashed() {
      appendFileSync(path, '2,b@b.test,"x\n3,nobody@b.test,y"\n')
      return false
    },
  }
  const tally = await prepareTable(rows.tables[0] as FileTable, rows, join(stageDir, 'table0'), staging)
  expect(tally.received).toBeGreaterThanOrEqual(2)
  const { spoolDir } = await bench.compare(stageDir)
  expect(await spooled(spoolDir, 'adds')).toEqual(['a@b.test', 'b@b.test'].map(sha256).toSorted())
})

it('a scan that fails over a file gives way to reading by record, and no other failure does', async () => {
  await using bench = await Workbench.open()
  const gone = { paths: [bench.path('gone.csv')], lineEnd: '\n', hasQuotes: false, lines: 1 } as const
  const goneRows = await filesOf('csv', [...gone.paths])
  const [table] = goneRows.tables as [FileTable]
  const job = { ...options, tempDir: bench.path('temp'), onBytes: () => undefined, onShare: () => undefined }
  const stage = async (of: FileTable) =>
    stageScans(
      of,
      goneRows,
      bench.path('stage'),
      { ...job, hashed: false },
      { scans: [gone], asides: new Map() },
    )
  expect(await stage(table)).toBeNull()
  await expect(stage({ ...table, columns: [] })).rejects.toMatchObject({ code: 'query_failed' })

  const path = await bench.write('in.csv', `${HEAD}1,a@b.test,x\n`)
  const rows = await filesOf('csv', [path, await bench.write('exact.csv', `${HEAD}1,b@b.test,"x\ny"\n`)])
  const read = {
    ...job,
    named: new Set<string>(),
    wanted: new Set<string>(),
    areAllNamed: false,
    onBytes: () => rmSync(path, { force: true }),
  }
  await expect(withSession(read, (session) => readInput(session, rows, read))).rejects.toMatchObject({
    code: 'source_not_found',
  })
})

/** The numbers of rows of a scan of a file of this text, and of the lines that are left out as ragged. */
async function counted(text: string) {
  await using bench = await Workbench.open()
  const rows = await filesOf('csv', [await bench.write('in.csv', text)])
  const table = rows.tables[0] as FileTable
  const plan = await planCsv(table, rows, columns, options)
  const job = { ...options, tempDir: bench.path('temp') }
  const scans = plan.scans.map((scan) => scanLines(table, scan, defaultLimits.fieldBytesMax))
  const found = await withSession(job, async (session) => {
    const counts = await session.run(
      `SELECT ${scans.map((scan) => `(SELECT count(*) FROM ${scan})`).join(', ')}`,
    )
    return counts.flat().map(Number)
  })
  const ragged = await raggedOf(
    plan,
    found.reduce((sum, count) => sum + count, 0),
    table,
    rows,
    options,
  )
  return { rows: found, ragged: [...(ragged?.values() ?? [])] }
}
