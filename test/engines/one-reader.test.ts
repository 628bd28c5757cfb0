import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import type { QueriedRows } from '../../src/engines/local/duckdb/locked-query.ts'
import { isQueried } from '../../src/engines/local/duckdb/is-queried.ts'
import { prepareQuery, queryParts } from '../../src/engines/local/duckdb/query.ts'
import { listRejects } from '../../src/engines/local/records/rejects-file.ts'
import { openSource } from '../../src/sources/open-source.ts'
import type { FileRows } from '../../src/sources/source.ts'
import { isRefused, LINE_BYTES_MAX, modelOutcome, PLAIN } from './model.ts'
import type { ModelFile, ModelQuery } from './model.ts'
import { queries, sources } from './random-files.ts'
import { sha256, spooled, Workbench } from './workbench.ts'

queriesRunHere()

/** ROLLCALL_SWEEP=full reads 5,000 sources of one to three files, ROLLCALL_SEEDS=N the one of that seed. */
const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const seed = process.env['ROLLCALL_SEEDS']

/** So many random files are read in any run. */
const FILES = 300

/** Files this small are read by one thread in any case. */
const limits = { ...defaultLimits, fieldBytesMax: LINE_BYTES_MAX, rowsThreads: 1 }
const { signal } = new AbortController()
const IN_NOTES = sha256('z@example.com')

async function read(bench: Workbench, dir: string, files: readonly ModelFile[], query: string | null) {
  const from = files.map(({ name }) => name)
  const { rows } = await openSource({ from, query, emailColumn: 'email', limits, signal, cwd: dir })
  const rejectsFile = bench.path('rejects.csv')
  const result = isQueried(rows as FileRows)
    ? await readQuery(bench, rows as QueriedRows, rejectsFile)
    : await bench.run(rows, { rejectsFile, durable: false })
  const text = await readFile(rejectsFile, 'utf8').catch(() => 'file,row,result_row,reason,value\n')
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
  const expected = modelOutcome(files)
  expect(expected.hashes, 'an address that stands in notes only').not.toContain(IN_NOTES)
  const direct = await read(bench, dir, files, null)
  expect(direct.result, 'without a query').toMatchObject(countsOf(expected))
  expect(direct.rejects, 'without a query').toEqual(expected.rejects)
  await checkQuery(bench, dir, files, PLAIN)
}

async function checkQuery(
  bench: Workbench,
  dir: string,
  files: readonly ModelFile[],
  query: ModelQuery,
): Promise<void> {
  if (isRefused(files, query)) {
    await expect(read(bench, dir, files, query.sql), query.sql).rejects.toMatchObject({
      code: 'query_failed',
    })
    return
  }
  const expected = modelOutcome(files, query)
  const queried = await read(bench, dir, files, query.sql)
  expect(queried.result, query.sql).toMatchObject(countsOf(expected))
  const ofRows = queried.rejects.filter((line) => line.startsWith(',,'))
  expect(ofRows.map((line) => line.replace(/^,,\d+,/, '')).toSorted(), query.sql).toEqual(expected.values)
  expect(queried.rejects.slice(ofRows.length), query.sql).toEqual(expected.faults)
}

/** Whichever of the files is met first. Where none has the column, a query speaks of a column that it does not find. */
async function checkRefused(bench: Workbench, dir: string, files: readonly ModelFile[], drawn: ModelQuery) {
  const codes = new Set<string>(files.flatMap(({ refused = null }) => (refused === null ? [] : [refused])))
  if (files.some(({ isDamaged }) => isDamaged)) codes.add('source_damaged')
  if (isRefused(files, drawn)) codes.add('query_failed')
  for (const query of [null, PLAIN.sql, drawn.sql]) {
    if (query !== null && files.every(({ refused }) => refused === 'missing_email_column'))
      codes.add('query_failed')
    const said = await read(bench, dir, files, query).then(
      () => 'read',
      (error: unknown) => (isRollcallError(error) ? error.code : String(error)),
    )
    expect([...codes], String(query)).toContain(said)
  }
}

function countsOf({ valid, reasons, hashes }: ReturnType<typeof modelOutcome>) {
  return { valid, invalidByReason: reasons, hashes }
}

/** A file as text, for the message of a failure. */
function shown({ name, bytes }: ModelFile): string {
  const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return `${name}: ${name.endsWith('.parquet') ? '' : text.toString('latin1')}`
}

/** Reads one drawn source in the order of its files, and in the other one with another query: their order must not matter. */
async function checkDrawn(
  bench: Workbench,
  makers: readonly { make: () => Promise<ModelFile> }[],
  query: ModelQuery,
) {
  const dir = bench.path('source')
  await mkdir(dir)
  const files: ModelFile[] = []
  for (const [index, { make }] of makers.entries()) {
    const file = await make()
    files.push({ ...file, name: `${index}-${file.name}` })
  }
  for (const { name, bytes } of files) await writeFile(join(dir, name), bytes)
  try {
    if (files.some(({ refused = null }) => refused !== null)) {
      await checkRefused(bench, dir, files, query)
      return
    }
    await check(bench, dir, files)
    if (files.length > 1 || query.named !== undefined || query.readsAll === true)
      await checkQuery(bench, dir, files.toReversed(), query)
  } catch (error) {
    throw new Error(`${query.sql} ${JSON.stringify(files.map(shown))}\n${String(error)}`, { cause: error })
  }
}

it('reads the same with a query and without, as an independent reader does', async () => {
  await using bench = await Workbench.open({ fieldBytesMax: LINE_BYTES_MAX, rowsThreads: limits.rowsThreads })
  let filesRead = 0
  const agree = fc.asyncProperty(sources, queries, async (makers, query) => {
    if (!isFullSweep && filesRead >= FILES) return
    await checkDrawn(bench, makers, query)
    filesRead += makers.length
  })
  // A source has a file or more.
  const numRuns = isFullSweep ? 5000 : FILES
  await expect(
    fc.assert(agree, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }),
  ).resolves.toBeUndefined()
  expect(filesRead).toBeGreaterThanOrEqual(FILES)
}, 7_200_000)
