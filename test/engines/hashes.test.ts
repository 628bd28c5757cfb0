import { pbkdf2 } from 'node:crypto'
import { readdir, stat, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { changeSet, fold } from '../../src/members/algebra.ts'
import type { BatchRange } from '../../src/engines/contract.ts'
import { distinctOf } from '../../src/engines/local/hashes/distinct.ts'
import { forBuckets } from '../../src/engines/local/hashes/layout.ts'
import { readBatch } from '../../src/engines/local/spool.ts'
import { allFiles, linesOf, sha256, spooled, streamOf, Workbench } from './workbench.ts'

const signal = new AbortController().signal
const unheard = (): void => undefined
/** A small universe, so that sets overlap. */
const members = fc.uniqueArray(fc.integer({ min: 0, max: 60 }).map((number) => sha256(`${number}`)))
const settled = async (bench: Workbench, hashes: Iterable<string>) => {
  const { stageDir } = await bench.prepare(streamOf([...hashes]), { hashed: true })
  return (await bench.compare(stageDir)).desiredDir
}
/** What a hash set holds, read by comparing nothing with it. */
const content = async (bench: Workbench, dir: string) => {
  const { stageDir } = await bench.prepare(streamOf([]))
  return spooled((await bench.compare(stageDir, { toldDir: dir })).spoolDir, 'removes')
}

it('compares and folds as the laws on sets say', async () => {
  await using bench = await Workbench.open()
  const ranges = fc.array(
    fc.record({
      operation: fc.constantFrom('add', 'remove'),
      size: fc.integer({ min: 1, max: 9 }),
      fate: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(members, members, members, ranges, async (desired, told, doubted, drawn) => {
      const unsure = new Set(doubted).difference(new Set(told))
      const before = { told: new Set(told), unsure }
      const dirs = { toldDir: await settled(bench, told), unsureDir: await settled(bench, unsure) }
      const { stageDir } = await bench.prepare(streamOf([...desired, ...desired.slice(0, 3)]), {
        hashed: true,
      })
      const compared = await bench.compare(stageDir, dirs)
      const change = changeSet(new Set(desired), before)
      expect(await spooled(compared.spoolDir, 'adds')).toEqual(change.adds)
      expect(await spooled(compared.spoolDir, 'removes')).toEqual(change.removes)
      expect(compared).toMatchObject({
        members: desired.length,
        duplicates: Math.min(3, desired.length),
        added: change.adds.length,
        removed: change.removes.length,
        unchanged: desired.length - change.adds.length,
      })

      const next = { add: 0, remove: 0 }
      const fates: BatchRange[][] = [[], [], []]
      for (const { operation, size, fate } of drawn) {
        const all = operation === 'add' ? change.adds.length : change.removes.length
        const first = next[operation]
        const count = Math.min(size, all - first)
        next[operation] += count
        fates[fate]?.push({ operation: operation, first, count })
      }
      const answers = { confirmed: fates[1] ?? [], unanswered: fates[2] ?? [] }
      const newDirs = { newToldDir: bench.path('told'), newUnsureDir: bench.path('unsure') }
      const folded = await bench.engine.fold({ ...dirs, ...compared, ...answers, ...newDirs, signal })
      const after = fold(before, change, answers)
      expect(folded).toEqual({ told: after.told.size, unsure: after.unsure.size })
      expect(await content(bench, newDirs.newToldDir)).toEqual([...after.told].toSorted())
      expect(await content(bench, newDirs.newUnsureDir)).toEqual([...after.unsure].toSorted())
    }),
    { numRuns: 25 },
  )
})

it('keeps exact with many rows, repeated ones above all', async () => {
  await using bench = await Workbench.open()
  const distinct = Array.from({ length: 40_000 }, (_, index) => sha256(`${index % 20_000}`))
  const rows = [
    ...distinct,
    ...Array.from({ length: 60_000 }, (_, index) => sha256(index % 2 === 0 ? 'twice' : 'thrice')),
  ]
  const { stageDir } = await bench.prepare(streamOf(rows), { hashed: true })
  const compared = await bench.compare(stageDir)
  expect(await spooled(compared.spoolDir, 'adds')).toEqual([...new Set(rows)].toSorted())
  expect(compared).toMatchObject({ members: 20_002, duplicates: 79_998 })
})

/** Lets every write to a file wait for a while, so that what goes on without waiting for it is found out. */
function slowFiles() {
  let isOver = false
  const work = (): void =>
    pbkdf2('password', 'salt', 1_000, 32, 'sha256', () => {
      if (!isOver) work()
    })
  for (let jobs = 0; jobs < 8; jobs += 1) work()
  return { end: () => void (isOver = true) }
}

it('keeps exact however unevenly hashes lie, whether repeated or different', async () => {
  await using bench = await Workbench.open()
  // All begin with the same digits, so that they fall into one narrow range of many.
  const distinct = Array.from({ length: 40_000 }, (_, index) => `a00000${sha256(`${index}`).slice(6)}`)
  const rows = [...distinct, ...distinct.slice(0, 20_000), sha256('another')]
  const { stageDir } = await bench.prepare(streamOf(rows), { hashed: true })
  const all = [...new Set(rows)].toSorted()
  // The last of its bucket was told, so that hashes are written one by one; and some of the first, so that two sets are not full at once.
  const told = all.slice(0, 2_000)
  const toldDir = await settled(bench, [...told, `a${'f'.repeat(63)}`])
  for (const [dir, adds] of [
    [null, all],
    [toldDir, all.slice(told.length)],
  ] as const) {
    const newDirs = { newToldDir: bench.path('told'), newUnsureDir: bench.path('unsure') }
    const confirmed = [{ operation: 'add', first: 0, count: adds.length } as const]
    const slow = slowFiles()
    const compared = await bench.compare(stageDir, { toldDir: dir })
    const change = { ...compared, ...newDirs, confirmed, unanswered: [], signal }
    await bench.engine.fold({ ...change, toldDir: null, unsureDir: null })
    slow.end()
    expect(compared).toMatchObject({ members: 40_001, duplicates: 20_000 })
    expect(await content(bench, compared.desiredDir)).toEqual(all)
    expect(await content(bench, newDirs.newToldDir)).toEqual(adds)
    expect(await spooled(compared.spoolDir, 'adds')).toEqual(adds)
  }
})

it('reads a bucket that is too large for the memory several times, and finds each hash once', async () => {
  await using bench = await Workbench.open()
  const lines = Array.from({ length: 3000 }, (_, index) => `c${sha256(`${index % 2500}`).slice(1)}`)
  const path = await bench.write('lines.txt', `${lines.join('\n')}\n`)
  const found: string[] = []
  for await (const hashes of distinctOf([path], 700)) found.push(...linesOf(hashes))
  expect(found).toEqual([...new Set(lines)].toSorted())
})

it('refuses staged rows that are cut off within one', async () => {
  await using bench = await Workbench.open()
  const { stageDir } = await bench.prepare(streamOf(['1', '2', '3'].map(sha256)), { hashed: true })
  const [path = ''] = await allFiles(stageDir)
  await truncate(path, (await stat(path)).size - 1)
  await expect(bench.compare(stageDir)).rejects.toMatchObject({ code: 'internal_error' })
})

it('reads batches over the borders of buckets, and notices a damaged spool', async () => {
  await using bench = await Workbench.open()
  const hashes = Array.from({ length: 1000 }, (_, index) => sha256(`${index}`))
  const { stageDir } = await bench.prepare(streamOf(hashes), { hashed: true })
  const { spoolDir, addsByBucket } = await bench.compare(stageDir)
  const sorted = hashes.toSorted()
  for (const [first, count] of [
    [0, 1000],
    [0, 1],
    [999, 1],
    [50, 120],
    [10, 0],
  ] as const)
    expect(await readBatch(spoolDir, addsByBucket, { operation: 'add', first, count })).toBe(
      sorted.slice(first, first + count).join(','),
    )
  await expect(
    readBatch(spoolDir, addsByBucket, { operation: 'add', first: 990, count: 11 }),
  ).rejects.toThrow(RangeError)
  const wrong = addsByBucket.with(0, (addsByBucket[0] ?? 0) + 1)
  await expect(readBatch(spoolDir, wrong, { operation: 'add', first: 0, count: 1 })).rejects.toMatchObject({
    code: 'ledger_damaged',
  })
})

it('begins no further bucket once one has failed, and ends when those under way have ended', async () => {
  const begun: string[] = []
  const slow = Promise.withResolvers<void>()
  let hasEnded = false
  const working = forBuckets(2, async (bucket) => {
    begun.push(bucket)
    if (bucket === '1') throw new Error('of one bucket')
    await slow.promise
    hasEnded = true
  })
  const failed = working.then(
    () => 'no error',
    (error: unknown) => `${String(error)}, ended: ${hasEnded}`,
  )
  await new Promise(setImmediate)
  slow.resolve()
  expect(await failed).toBe('Error: of one bucket, ended: true')
  expect(begun).toEqual(['0', '1'])
})

it('a comparison or a folding that is stopped leaves nothing', async () => {
  await using bench = await Workbench.open()
  const { stageDir } = await bench.prepare(streamOf([sha256('1')]), { hashed: true })
  const compared = await bench.compare(stageDir)
  const before = await allFiles(bench.dir)
  const stopped = AbortSignal.abort(new Error('stop'))
  const sets = { toldDir: null, unsureDir: null, signal: stopped }
  const dirs = { newToldDir: bench.path('told'), newUnsureDir: bench.path('unsure') }
  const work = { ...compared, confirmed: [], unanswered: [], stageDir, durable: false }
  await expect(bench.engine.fold({ ...work, ...sets, ...dirs })).rejects.toThrow('stop')
  const others = { desiredDir: bench.path('desired'), spoolDir: bench.path('spool') }
  await expect(bench.engine.compare({ ...work, ...sets, ...others, onProgress: unheard })).rejects.toThrow(
    'stop',
  )
  expect(await allFiles(bench.dir)).toEqual(before)
})

it('leaves nothing behind when it is stopped, and removes what a killed attempt left', async () => {
  await using bench = await Workbench.open()
  const { mkdir, writeFile } = await import('node:fs/promises')
  const stageDir = bench.path('stage')
  await mkdir(`${stageDir}.tmp-dead/part=0`, { recursive: true })
  await writeFile(`${stageDir}.tmp-dead/part=0/lines.txt`, 'cut off')
  const stopped = AbortSignal.abort(new Error('stop'))
  await expect(bench.prepare(streamOf(['a@example.com']), { stageDir, signal: stopped })).rejects.toThrow(
    'stop',
  )
  expect((await readdir(dirname(stageDir))).filter((name) => name.includes('stage'))).toEqual([])
  await expect(bench.prepare(streamOf(['a@example.com']), { stageDir })).resolves.toMatchObject({ valid: 1 })
  // Run again over a finished one: the same folder, not a mixture.
  await expect(bench.prepare(streamOf(['a@example.com']), { stageDir })).resolves.toMatchObject({ valid: 1 })
  expect(await bench.compare(stageDir)).toMatchObject({ members: 1, duplicates: 0 })
})
