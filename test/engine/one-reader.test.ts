import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { runQueriesHere } from '../../src/engine/child/here.ts'
import type { QueriedRows } from '../../src/engine/duckdb/locked-query.ts'
import { isQueried, prepareQuery, queryParts } from '../../src/engine/duckdb/query.ts'
import { listRejects } from '../../src/engine/records/rejects-file.ts'
import { openSource } from '../../src/source/open-source.ts'
import type { FileRows } from '../../src/source/source.ts'
import { LINE_BYTES_MAX, modelOutcome } from './model.ts'
import type { ModelFile } from './model.ts'
import { sources } from './random-files.ts'
import { sha256, spooled, Workbench } from './workbench.ts'

runQueriesHere()

/** ROLLCALL_SWEEP=full reads 5,000 sources, ROLLCALL_SEEDS=N the one of that seed. */
const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const seed = process.env['ROLLCALL_SEEDS']

const limits = { ...defaultLimits, fieldBytesMax: LINE_BYTES_MAX }
const { signal } = new AbortController()
const QUERY = 'SELECT email FROM input'
const IN_NOTES = sha256('z@example.com')

async function read(bench: Workbench, dir: string, files: readonly ModelFile[], query: string | null) {
  const from = files.map(({ name }) => name)
  const { rows } = await openSource({ from, query, emailColumn: 'email', limits, signal, cwd: dir })
  const rejectsFile = bench.path('rejects.csv')
  const result = isQueried(rows as FileRows)
    ? await readQuery(bench, rows as QueriedRows, rejectsFile)
    : await bench.run(rows, { rejectsFile, durable: false })
  const text = await readFile(rejectsFile, 'utf8').catch(() => 'file,row,reason,value\n')
  return { result, rejects: text.split('\n').slice(1, -1) }
}

/** What a process of its own does in a run; to start one for each source would take most of the time. */
async function readQuery(bench: Workbench, rows: QueriedRows, rejectsFile: string) {
  const stageDir = bench.path('stage')
  await mkdir(stageDir)
  const place = { limits, signal, tempDir: join(bench.dir, 'temp'), onBytes: () => undefined }
  const options = { ...place, hashed: false, onShare: () => undefined }
  const prepared = (await prepareQuery(rows, join(stageDir, 'query'), options)).prepared()
  const parts = queryParts(rows, place)
  for await (const values of listRejects(parts, { path: rejectsFile, hashed: false })) void values
  const { spoolDir } = await bench.compare(stageDir)
  return { ...prepared, hashes: await spooled(spoolDir, 'adds') }
}

async function check(bench: Workbench, dir: string, files: readonly ModelFile[]): Promise<void> {
  if (files.some(({ isDamaged }) => isDamaged)) {
    for (const query of [null, QUERY])
      await expect(read(bench, dir, files, query), String(query)).rejects.toMatchObject({
        code: 'source_damaged',
      })
    return
  }
  const expected = modelOutcome(files)
  expect(expected.hashes, 'an address that stands in notes only').not.toContain(IN_NOTES)
  const direct = await read(bench, dir, files, null)
  expect(direct.result, 'without a query').toMatchObject(countsOf(expected))
  expect(direct.rejects, 'without a query').toEqual(expected.rejects)
  await checkQuery(bench, dir, files)
}

async function checkQuery(bench: Workbench, dir: string, files: readonly ModelFile[]): Promise<void> {
  const expected = modelOutcome(files)
  const queried = await read(bench, dir, files, QUERY)
  expect(queried.result, 'with a query').toMatchObject(countsOf(expected))
  const ofRows = queried.rejects.filter((line) => line.startsWith(','))
  expect(ofRows.map((line) => line.replace(/^,\d+,/, '')).toSorted(), 'with a query').toEqual(expected.values)
  expect(queried.rejects.slice(ofRows.length), 'with a query').toEqual(expected.faults)
}

function countsOf({ valid, reasons, hashes }: ReturnType<typeof modelOutcome>) {
  return { valid, invalidByReason: reasons, hashes }
}

/** A file as text, for the message of a failure. */
function shown({ name, bytes }: ModelFile): string {
  const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return `${name}: ${name.endsWith('.parquet') ? '' : text.toString('latin1')}`
}

/** Reads one drawn source in the order of its files, and in the other one with a query: their order must not matter. */
async function checkDrawn(bench: Workbench, makers: readonly { make: () => Promise<ModelFile> }[]) {
  const dir = bench.path('source')
  await mkdir(dir)
  const files: ModelFile[] = []
  for (const [index, { make }] of makers.entries()) {
    const file = await make()
    files.push({ ...file, name: `${index}-${file.name}` })
  }
  for (const { name, bytes } of files) await writeFile(join(dir, name), bytes)
  try {
    await check(bench, dir, files)
    if (files.length > 1 && !files.some(({ isDamaged }) => isDamaged))
      await checkQuery(bench, dir, files.toReversed())
  } catch (error) {
    throw new Error(`${JSON.stringify(files.map(shown))}\n${String(error)}`, { cause: error })
  }
}

it('reads the same with a query and without, as an independent reader does', async () => {
  await using bench = await Workbench.open({ fieldBytesMax: LINE_BYTES_MAX })
  const agree = fc.asyncProperty(sources, async (makers) => checkDrawn(bench, makers))
  const numRuns = isFullSweep ? 5000 : 300
  await expect(
    fc.assert(agree, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }),
  ).resolves.toBeUndefined()
}, 7_200_000)
