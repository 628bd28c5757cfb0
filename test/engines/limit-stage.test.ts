import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketNames } from '../../src/engines/local/folders.ts'
import { limitStage } from '../../src/engines/local/hashes/limit-stage.ts'
import { stagePart } from '../../src/engines/local/hashes/layout.ts'
import { allFiles, filesOf, sha256, spooled, streamOf, Workbench } from './workbench.ts'

const { signal } = new AbortController()

/** A stage of several tables and files a bucket, as the engine and the stream leave it. */
async function writeStage(
  bench: Workbench,
  tables: readonly (readonly (readonly string[])[])[],
): Promise<string> {
  const stageDir = bench.path('stage')
  await mkdir(stageDir)
  for (const [table, files] of tables.entries())
    for (const [number, hashes] of files.entries())
      for (const bucket of bucketNames) {
        const lines = hashes.filter((hash) => hash.startsWith(bucket)).map((hash) => `${hash}\n`)
        if (lines.length === 0) continue
        const dir = join(stageDir, `table${table}`, stagePart(bucket))
        await mkdir(dir, { recursive: true })
        await writeFile(join(dir, `data_${number}.csv`), lines.join(''))
      }
  return stageDir
}

const membersOf = async (bench: Workbench, stageDir: string) =>
  spooled((await bench.compare(stageDir)).spoolDir, 'adds')
const lowest = (hashes: readonly string[], count: number) => [...new Set(hashes)].toSorted().slice(0, count)

/** Few different ones many times over, or many. */
const hashes = fc.oneof(
  fc.array(
    fc.nat(9).map((number) => sha256(`${number}`)),
    { maxLength: 60 },
  ),
  fc.array(
    fc.nat(100_000).map((number) => sha256(`${number}`)),
    { maxLength: 60 },
  ),
  fc.array(
    fc.nat(300).map((number) => number.toString(16).padStart(64, '0')),
    { maxLength: 60 },
  ),
)

describe('law:', () => {
  it('what is left are the lowest distinct hashes, however often each was there and wherever', async () => {
    await using bench = await Workbench.open()
    const stage = fc.array(fc.array(hashes, { maxLength: 3 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(stage, fc.integer({ min: 1, max: 80 }), async (tables, membersMax) => {
        const stageDir = await writeStage(bench, tables)
        const expected = lowest(tables.flat(2), membersMax)
        const distinct = new Set(tables.flat(2)).size
        expect(await limitStage(stageDir, membersMax, signal)).toEqual({ members: expected.length, distinct })
        expect(await membersOf(bench, stageDir)).toEqual(expected)
        // Once more changes nothing, and leaves nothing beside it.
        expect((await limitStage(stageDir, membersMax, signal)).members).toBe(expected.length)
        expect(await membersOf(bench, stageDir)).toEqual(expected)
        expect((await readdir(dirname(stageDir))).filter((name) => name.includes('.tmp-'))).toEqual([])
      }),
      { numRuns: 25 },
    )
  })

  it('a sample keeps its members when others come and go', async () => {
    await using bench = await Workbench.open()
    const some = fc.uniqueArray(
      fc.nat(1000).map((number) => sha256(`${number}`)),
      { minLength: 20, maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(some, fc.nat(59), sha(), async (members, leaving, coming) => {
        const changed = [...members.filter((_, index) => index !== leaving), coming]
        const before = await sample(bench, members, 10)
        const after = await sample(bench, changed, 10)
        expect(before.filter((member) => !after.includes(member)).length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 20 },
    )
  })
})

const sha = () => fc.nat().map((number) => sha256(`new ${number}`))

async function sample(bench: Workbench, members: readonly string[], membersMax: number): Promise<string[]> {
  const { stageDir } = await bench.prepare(streamOf(members), { hashed: true, membersMax })
  return membersOf(bench, stageDir)
}

describe('a prepared sample', () => {
  const addresses = Array.from({ length: 2_000 }, (_, index) => `m${index % 700}@example.com`)
  const hashed = addresses.map(sha256)

  it('is the same from a stream, from files and through a query; counts are of all rows', async () => {
    await using bench = await Workbench.open()
    const path = await bench.write(
      'in.csv',
      `id,email,name\n${addresses.map((text) => `1,${text},x\n`).join('')}1,bad,x\n`,
    )
    const sources = [
      streamOf([...addresses, 'bad']),
      await filesOf('csv', [path]),
      await filesOf('csv', [path], { query: 'SELECT email FROM input ORDER BY email DESC' }),
    ]
    for (const rows of sources) {
      const rejectsFile = bench.path('rejects.csv')
      const result = await bench.run(rows, { membersMax: 100, rejectsFile })
      expect(result.hashes).toEqual(lowest(hashed, 100))
      expect(result).toMatchObject({ received: 2_001, invalid: 1, valid: 2_000, members: 100, duplicates: 0 })
      expect(await readFile(rejectsFile, 'utf8')).toMatch(/2001,,?syntax/)
    }
  })

  it.each([1, 16, 699, 700, 701, 1_000_000])('of %i of 700 members', async (membersMax) => {
    await using bench = await Workbench.open()
    expect((await bench.run(streamOf(addresses), { membersMax })).hashes).toEqual(lowest(hashed, membersMax))
  })

  it('of many rows, most of them the same', async () => {
    await using bench = await Workbench.open()
    const many = Array.from({ length: 150_000 }, (_, index) =>
      sha256(index % 3 === 0 ? `${index % 40_000}` : 'same'),
    )
    const result = await bench.run(streamOf(many), { hashed: true, membersMax: 5_000 })
    expect(result.hashes).toEqual(lowest(many, 5_000))
  })

  it('of nobody is empty', async () => {
    await using bench = await Workbench.open()
    expect(await bench.run(streamOf([null, 'bad']), { membersMax: 10 })).toMatchObject({
      members: 0,
      invalid: 2,
    })
  })

  it('does not appear when it is stopped on the way, nor does the whole stage', async () => {
    await using bench = await Workbench.open()
    const stageDir = bench.path('stage')
    const stop = new AbortController()
    const preparing = bench.prepare(streamOf(addresses), {
      stageDir,
      membersMax: 600,
      signal: stop.signal,
      // The last that is told before the sample is taken.
      onProgress: ({ rows }) =>
        rows === addresses.length && queueMicrotask(() => stop.abort(new Error('stop'))),
    })
    await expect(preparing).rejects.toThrow('stop')
    expect((await readdir(bench.dir)).filter((name) => name.startsWith(basename(stageDir)))).toEqual([])
  })
})

it('counts all, and so notices a damaged part after the last member', async () => {
  await using bench = await Workbench.open()
  const stageDir = await writeStage(bench, [[['0', '1', '2'].map((digit) => digit.repeat(64))]])
  const last = join(stageDir, 'table0', stagePart('2'), 'data_0.csv')
  const sound = await readFile(last)
  await writeFile(last, 'cut off')
  for (const membersMax of [2, 3])
    await expect(limitStage(stageDir, membersMax, signal)).rejects.toMatchObject({ code: 'internal_error' })
  await writeFile(last, sound)
  expect(await limitStage(stageDir, 2, signal)).toEqual({ members: 2, distinct: 3 })
  expect((await stat((await allFiles(stageDir))[0] ?? '')).mode & 0o777).toBe(0o600)
})

it('a bucket that cannot be listed is not taken for one without members', async () => {
  await using bench = await Workbench.open()
  const stageDir = await writeStage(bench, [[['0'.repeat(64)]]])
  await writeFile(join(stageDir, 'table0', stagePart('1')), 'a file')
  await expect(bench.compare(stageDir)).rejects.toMatchObject({ code: 'ENOTDIR' })
})

it('clears up what a killed attempt left', async () => {
  await using bench = await Workbench.open()
  const stageDir = await writeStage(bench, [[['1', '2', '3'].map(sha256)]])
  await mkdir(join(`${stageDir}.tmp-dead`, 'sample', stagePart('0')), { recursive: true })
  await writeFile(join(`${stageDir}.tmp-dead`, 'sample', stagePart('0'), 'lines.txt'), 'cut off')
  expect(await limitStage(stageDir, 2, signal)).toEqual({ members: 2, distinct: 3 })
  expect((await allFiles(bench.dir)).filter((path) => path.includes('tmp-'))).toEqual([])
})

it('a sample of no members is a mistake of the caller', async () => {
  await using bench = await Workbench.open()
  for (const membersMax of [0, -1, 1.5, Number.NaN])
    await expect(limitStage(bench.path('stage'), membersMax, signal)).rejects.toThrow(RangeError)
})
