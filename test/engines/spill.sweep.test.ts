import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { openSession } from '../../src/engines/local/duckdb/session.ts'
import { makeTempFolder, sweepTempFolders } from '../../src/base/temp-folder.ts'
import { converse } from '../support/processes.ts'
import { allFiles, filesOf, Workbench } from './workbench.ts'

const ROWS = 800_000
/** Little enough that these rows do not fit it. */
const limits = { ...defaultLimits, rowsMemoryBytesMax: 64 * 2 ** 20 }
const { signal } = new AbortController()
const HOUR_MS = 60 * 60_000
/** Spilled rows stay for far longer, and to look all the time takes a core. */
const LOOK_MS = 20

let csv = ''
beforeAll(() => {
  const lines = Array.from(
    { length: ROWS },
    (_, row) => `customer-${row}@example.com,${row % 997},member of the gold plan since its beginning`,
  )
  csv = `email,n,plan\n${lines.join('\n')}\n`
})

/** Files that rows were spilled into. */
async function spilledIn(dir: string): Promise<string[]> {
  const files = await allFiles(dir).catch(() => [])
  return files.filter((path) => path.includes('duckdb_temp_'))
}

const json = () =>
  csv
    .split('\n')
    .slice(1, -1)
    .map((line) => `{"email":"${line.split(',')[0]}","plan":"member of the gold plan since its beginning"}\n`)

const cases = [
  {
    what: 'a compressed file',
    name: 'in.csv.gz',
    query: "SELECT email FROM input WHERE plan <> 'gold'",
  },
  {
    what: 'a file that is read record by record',
    name: 'note.csv',
    query: "SELECT email FROM input WHERE plan LIKE 'member%' OR plan LIKE 'gold%'",
  },
  { what: 'JSON', name: 'in.jsonl', query: "SELECT email FROM input WHERE plan <> 'gold'" },
  { what: 'DISTINCT', name: 'in.csv', query: 'SELECT DISTINCT email, plan FROM input' },
  {
    what: 'ORDER BY',
    name: 'in.csv',
    query: 'SELECT email FROM input ORDER BY plan, n, email',
    memoryMiB: 96,
  },
]

function contentOf(name: string): string | Uint8Array {
  if (name.endsWith('.gz')) return gzipSync(csv, { level: 1 })
  if (name.endsWith('.jsonl')) return json().join('')
  return name === 'note.csv' ? `${csv}last@example.com,1,"gold\nmember"\n` : csv
}

describe('rows that do not fit the memory', () => {
  it.each(cases)(
    'are read all the same, in a process of their own: $what',
    async ({ name, query, memoryMiB = 64 }) => {
      await using bench = await Workbench.open({ rowsMemoryBytesMax: memoryMiB * 2 ** 20 })
      const path = await bench.write(name, contentOf(name))
      const format = name.endsWith('.jsonl') ? 'json' : 'csv'
      const rows = await filesOf(format, [path], { columns: ['email', 'n', 'plan'], query })
      const temp = join(bench.dir, 'temp')
      const seen: string[] = []
      const run = { isOver: false }
      const prepared = bench.prepare(rows, { durable: false }).finally(() => (run.isOver = true))
      const watched = (async () => {
        while (!run.isOver) {
          seen.push(...(await spilledIn(temp)))
          await sleep(LOOK_MS)
        }
      })()
      expect(await prepared).toMatchObject({ valid: name === 'note.csv' ? ROWS + 1 : ROWS, invalid: 0 })
      await watched
      expect(seen).not.toEqual([])
      expect(await readdir(temp)).toEqual([])
    },
  )

  it('lie encrypted, in a folder for this user alone', async () => {
    await using bench = await Workbench.open()
    const tempDir = join(bench.dir, 'temp')
    const session = await openSession({ limits, tempDir, signal })
    await session.run(
      `CREATE TABLE t AS SELECT 'customer-' || i || '@example.com' AS email, md5(i::VARCHAR) AS x FROM range(${2 * ROWS}) AS r(i)`,
    )
    const files = await spilledIn(tempDir)
    expect(files).not.toEqual([])
    for (const path of files) expect((await readFile(path)).includes('@example.com')).toBe(false)
    const [folder = ''] = await readdir(tempDir)
    expect((await stat(join(tempDir, folder))).mode & 0o777).toBe(0o700)
    expect(await session.run('SELECT count(*), count(DISTINCT email) FROM t')).toEqual([
      [BigInt(2 * ROWS), BigInt(2 * ROWS)],
    ])
    await session.close()
    expect(await readdir(tempDir)).toEqual([])
  })

  it('that a killed process leaves are removed at the next start, and no one else’s', async () => {
    await using bench = await Workbench.open()
    const tempDir = join(bench.dir, 'temp')
    const path = await bench.write('in.csv', 'email\na@example.com\n')
    const endless = 'SELECT max(a.range || b.range) AS email FROM range(10000000) a, range(10000000) b'
    const owner = converse('test/engines/child-owner.ts', [path, tempDir, endless])
    await vi.waitFor(async () => expect(await readdir(tempDir)).toHaveLength(1), 180_000)
    const [left = ''] = await readdir(tempDir)
    await vi.waitFor(async () => expect(await readdir(join(tempDir, left))).toHaveLength(1), 180_000)
    const own = await makeTempFolder(tempDir, 'rows')
    await sweepTempFolders(tempDir, HOUR_MS)
    expect(await readdir(tempDir)).toHaveLength(2)
    await owner.kill('SIGKILL')
    await sweepTempFolders(tempDir, HOUR_MS)
    expect(await readdir(tempDir)).toEqual([own.slice(tempDir.length + 1)])
  })

  it('of another machine are removed once nothing changes in them', async () => {
    await using bench = await Workbench.open()
    const tempDir = join(bench.dir, 'temp')
    const own = await makeTempFolder(tempDir, 'rows')
    const other = own.replace(/rows-[0-9a-f]{8}-\d+/, 'rows-00000000-999999999')
    await writeFile(other, '')
    await sweepTempFolders(tempDir, HOUR_MS)
    expect(await readdir(tempDir)).toHaveLength(2)
    const longAgo = new Date(Date.now() - 2 * HOUR_MS)
    await utimes(other, longAgo, longAgo)
    await sweepTempFolders(tempDir, HOUR_MS)
    expect(await readdir(tempDir)).toHaveLength(1)
  })
})
