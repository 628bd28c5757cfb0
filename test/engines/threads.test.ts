import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CompareOptions } from '../../src/engines/local/folders.ts'
import { compareHashes } from '../../src/engines/local/hashes/compare.ts'
import { hashFile, stagePart } from '../../src/engines/local/hashes/layout.ts'
import { allFiles, spooled, Workbench } from './workbench.ts'

/** A comparison that is worth several threads: the first bucket is of more than 16 MiB, and there are a few hashes in the others. */

const LINES = 260_000

let bench: Workbench
let stageDir: string
let lines: string[]

beforeAll(async () => {
  bench = await Workbench.open()
  stageDir = bench.path('stage')
  lines = Array.from({ length: LINES }, () => `0${randomBytes(32).toString('hex').slice(1)}`)
  await stage('0', [...lines, ...lines.slice(0, 1_000)])
  await stage('a', ['a'.repeat(64)])
})

afterAll(() => bench[Symbol.asyncDispose]())

async function stage(bucket: string, staged: readonly string[]): Promise<void> {
  const path = join(stageDir, 'table', stagePart(bucket), 'lines.txt')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${staged.join('\n')}\n`)
}

function optionsOf(given: Partial<CompareOptions> = {}): CompareOptions {
  return {
    stageDir,
    toldDir: null,
    unsureDir: null,
    desiredDir: bench.path('desired'),
    spoolDir: bench.path('spool'),
    durable: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...given,
  }
}

/** Threads of this process that still run. */
function threads(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length
}

test('several threads find what one finds, and end with the comparison', async () => {
  const before = threads()
  const [several, one] = [optionsOf(), optionsOf()]
  const found = await compareHashes(several, 2)
  expect(found).toEqual(await compareHashes(one, 1))
  expect(found).toMatchObject({ members: LINES + 1, duplicates: 1_000, added: LINES + 1, removed: 0 })
  expect(await spooled(several.spoolDir, 'adds')).toEqual([...lines, 'a'.repeat(64)].toSorted())
  expect(threads()).toBe(before)
})

test('what is wrong with a set is told as on one thread', async () => {
  const told = optionsOf()
  await compareHashes(told, 1)
  await writeFile(hashFile(told.desiredDir, 'a'), 'cut off')
  await expect(compareHashes(optionsOf({ toldDir: told.desiredDir }), 2)).rejects.toMatchObject({
    code: 'ledger_damaged',
  })
})

test('a stop ends a comparison while its threads work, and leaves nothing', async () => {
  const stop = new AbortController()
  const options = optionsOf({ signal: stop.signal, onProgress: () => stop.abort(new Error('stop')) })
  await expect(compareHashes(options, 2)).rejects.toThrow(/stop|abort/)
  await expect(allFiles(options.desiredDir)).rejects.toMatchObject({ code: 'ENOENT' })
})
