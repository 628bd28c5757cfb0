import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { openSource } from '../../src/source/open-source.ts'
import { LINE_BYTES_MAX, modelOutcome } from './model.ts'
import type { ModelFile } from './model.ts'
import { sources } from './random-files.ts'
import { Workbench } from './workbench.ts'

/** ROLLCALL_SWEEP=full reads 5,000 sources, ROLLCALL_SEEDS=N the one of that seed. */
const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const seed = process.env['ROLLCALL_SEEDS']

const limits = { ...defaultLimits, fieldBytesMax: LINE_BYTES_MAX }
const QUERY = 'SELECT email FROM input'

async function read(bench: Workbench, dir: string, from: readonly string[], query: string | null) {
  const signal = new AbortController().signal
  const { rows } = await openSource({ from, query, emailColumn: 'email', limits, signal, cwd: dir })
  const rejectsFile = bench.path('rejects.csv')
  const result = await bench.run(rows, { rejectsFile, durable: false })
  const text = await readFile(rejectsFile, 'utf8').catch(() => 'file,row,reason,value\n')
  return { result, rejects: text.split('\n').slice(1, -1) }
}

async function check(bench: Workbench, dir: string, files: readonly ModelFile[]): Promise<void> {
  const expected = modelOutcome(files)
  const from = files.map(({ name }) => name)
  const counts = { valid: expected.valid, invalidByReason: expected.reasons, hashes: expected.hashes }
  const direct = await read(bench, dir, from, null)
  expect(direct.result, 'without a query').toMatchObject(counts)
  expect(direct.rejects, 'without a query').toEqual(expected.rejects)
  const queried = await read(bench, dir, from, QUERY)
  expect(queried.result, 'with a query').toMatchObject(counts)
  const ofRows = queried.rejects.filter((line) => line.startsWith(','))
  expect(ofRows.map((line) => line.replace(/^,\d+,/, '')).toSorted(), 'with a query').toEqual(expected.values)
  expect(queried.rejects.slice(ofRows.length), 'with a query').toEqual(expected.faults)
}

/** A file as text, for the message of a failure. */
function shown({ name, bytes }: ModelFile): string {
  const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return `${name}: ${name.endsWith('.parquet') ? '' : text.toString('latin1')}`
}

it(
  'reads the same with a query and without, as an independent reader does',
  { timeout: 7_200_000 },
  async () => {
    await using bench = await Workbench.open({ fieldBytesMax: LINE_BYTES_MAX })
    await fc.assert(
      fc.asyncProperty(sources, async (makers) => {
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
          // The order of the files alone must not matter.
          if (files.length > 1) await check(bench, dir, files.toReversed())
        } catch (error) {
          throw new Error(`${JSON.stringify(files.map(shown))}\n${String(error)}`, { cause: error })
        }
      }),
      { numRuns: isFullSweep ? 5000 : 300, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    )
  },
)
