import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { planCsv, raggedLines } from '../../src/engine/duckdb/csv-plan.ts'
import { PASSED_OVER_MAX, scanLines } from '../../src/engine/duckdb/scan-sql.ts'
import { withSession } from '../../src/engine/duckdb/session.ts'
import type { FileTable } from '../../src/source/source.ts'
import { filesOf, Workbench } from './workbench.ts'

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
      asides: ['0: ', '1: ', '3: ', '4: b@b.test'],
      exact: '2,5',
    })
  })

  it('reads by record what lines stand above', async () => {
    const text = `sep=,\n${HEAD}1,a@b.test,x\n`
    expect(await planned([text], { linesAbove: 1 })).toEqual({ scans: [], asides: [], exact: '0' })
  })
})

/** What is said of the lines that a scan passed over; null when that is not certain. `kept` addresses are aside. */
async function ragged(text: string | Buffer, kept: number, isScanned = true): Promise<number | null> {
  await using bench = await Workbench.open()
  const path = await bench.write('in.csv', text)
  const rows = await filesOf('csv', [path])
  const [table] = rows.tables
  const scan = { paths: [path], lineEnd: '\n', hasQuotes: false } as const
  return await withSession({ ...options, tempDir: bench.path('temp') }, async (session) => {
    if (isScanned)
      await session.run(
        `SELECT max(c0), max(c1), max(c2) FROM ${scanLines(table as FileTable, scan, 1_000, true)}`,
      )
    const aside = { addresses: Array.from({ length: kept }, () => 'a@b.test'), others: [] }
    const counts = await raggedLines(session, new Map([[path, aside]]))
    return counts === null ? null : (counts.get(path) ?? 0)
  })
}

describe('lines that a scan passed over', () => {
  const LINES = `${HEAD}1,a@b.test,x\n1\n1,b\n1,c@b.test,x,y\n2,d@b.test,y\n`

  it.each([
    ['are all ragged where none is aside', LINES, 0, 3],
    ['are ragged but for those aside', LINES, 2, 1],
    ['are none where all are aside', LINES, 3, 0],
    ['are not certain where more are aside than were passed over', LINES, 4, null],
    ['are none where no line was passed over', `${HEAD}1,a@b.test,x\n`, 0, 0],
    ['are not certain where none was passed over and one is aside', `${HEAD}1,a@b.test,x\n`, 1, null],
  ])('%s', async (_, text, kept, said) => {
    expect(await ragged(text, kept)).toBe(said)
  })

  it('are not certain where nothing was scanned and one is aside', async () => {
    expect(await ragged(LINES, 1, false)).toBeNull()
    expect(await ragged(LINES, 0, false)).toBe(0)
  })

  it('are not certain where one was passed over for another reason', async () => {
    const bytes = Buffer.concat([Buffer.from(`${HEAD}1,`), Buffer.from([0xff]), Buffer.from(',x\n')])
    expect(await ragged(bytes, 0)).toBeNull()
    expect(await ragged(`${HEAD}1,a@b.test,${'x'.repeat(2_000)}\n`, 0)).toBeNull()
  })

  it('are not certain where there may be more than are remembered', async () => {
    expect(await ragged(`${HEAD}${'1,b\n'.repeat(PASSED_OVER_MAX + 1)}`, 0)).toBeNull()
  })
})
