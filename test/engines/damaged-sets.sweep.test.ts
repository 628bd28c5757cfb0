import { execFile } from 'node:child_process'
import {
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { BLOCK_HASHES, hashesOf } from '../../src/engines/local/hashes/block-file.ts'
import { respool } from '../../src/engines/local/hashes/respool.ts'
import { withSinks } from '../../src/engines/local/hashes/with-sinks.ts'
import { readBatch, spoolHead } from '../../src/engines/local/spool.ts'
import { linesOf, sha256, spooled, streamOf, Workbench } from './workbench.ts'

/** Damage to the files of hash sets is noticed while they are read, and never taken for other members. */

const damaged = { code: 'ledger_damaged' }
const signal = new AbortController().signal

/** `count` different hashes of bucket `a`, ascending. */
function hashesOfBucket(count: number): Buffer {
  const hashes = Array.from({ length: count }, (_, index) => `a${sha256(`${index}`).slice(1)}`)
  return Buffer.from(hashes.toSorted().join(''), 'hex')
}

async function writeBucket(path: string, hashes: Uint8Array): Promise<void> {
  await withSinks([path], async ([sink]) => {
    // In runs of other lengths than blocks have, and one by one.
    for (let at = 0; at < hashes.length;) {
      const count = Math.min((hashes.length - at) / 32, at % 64 === 0 ? 1 : 777)
      await sink?.add(hashes, at, count)
      at += count * 32
    }
  })
}

async function readBucket(path: string, first = 0): Promise<string[]> {
  const lines: string[] = []
  for await (const hashes of hashesOf(path, { first })) lines.push(...linesOf(hashes))
  return lines
}

test.each([1, 2, BLOCK_HASHES - 1, BLOCK_HASHES, BLOCK_HASHES + 1, 3 * BLOCK_HASHES + 5])(
  'a file of %i hashes gives them back, from any of them on',
  async (count) => {
    await using bench = await Workbench.open()
    const path = join(bench.dir, 'a.blocks')
    const hashes = hashesOfBucket(count)
    await writeBucket(path, hashes)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readBucket(path)).toEqual(linesOf(hashes))
    for (const first of [1, BLOCK_HASHES - 1, BLOCK_HASHES, BLOCK_HASHES + 7, count - 1, count, count + 9])
      expect(await readBucket(path, first)).toEqual(linesOf(hashes).slice(first))
  },
)

test('every flipped bit of a small file is noticed', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a.blocks')
  await writeBucket(path, hashesOfBucket(9))
  const bytes = await readFile(path)
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    await writeFile(path, flipped)
    await expect(readBucket(path), `bit ${bit}`).rejects.toMatchObject(damaged)
  }
})

test('a file of several blocks: bits, bytes and blocks of it that changed, were zeroed, swapped or lost', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a.blocks')
  const hashes = hashesOfBucket(3 * BLOCK_HASHES + 5)
  await writeBucket(path, hashes)
  const bytes = await readFile(path)
  const stride = BLOCK_HASHES * 32 + 4
  const edges = [1, 2, 3].flatMap((block) => [-5, -4, -1, 0, 1, 31, 32].map((step) => block * stride + step))
  const spread = Array.from({ length: 60 }, (_, index) => Math.floor((index / 60) * bytes.length))
  for (const at of [0, ...edges, ...spread, bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at)
    await writeFile(path, changed)
    await expect(readBucket(path), `byte ${at}`).rejects.toMatchObject(damaged)
  }
  const block = (index: number) => bytes.subarray(index * stride, (index + 1) * stride)
  for (const wrong of [
    Buffer.from(bytes).fill(0, 4096, 8192),
    Buffer.from(bytes).fill(0),
    Buffer.concat([block(1), block(0), block(2), block(3)]),
    Buffer.concat([block(0), block(2), block(3)]),
    Buffer.concat([block(0), block(0), block(2), block(3)]),
    bytes.subarray(0, -1),
    bytes.subarray(0, -4),
    bytes.subarray(0, -33),
    Buffer.concat([bytes, Buffer.alloc(1)]),
    Buffer.concat([bytes, Buffer.alloc(36)]),
  ]) {
    await writeFile(path, wrong)
    await expect(readBucket(path)).rejects.toMatchObject(damaged)
  }
  // Whole blocks that are cut off leave a sound file, of another length than the ledger knows.
  await writeFile(path, bytes.subarray(0, 2 * stride))
  const counted = async () => {
    for await (const piece of hashesOf(path, { count: hashes.length / 32 })) void piece
  }
  await expect(counted()).rejects.toMatchObject(damaged)
  // The file of another bucket is none of this one.
  await writeFile(path, bytes)
  await rename(path, join(bench.dir, 'b.blocks'))
  await expect(readBucket(join(bench.dir, 'b.blocks'))).rejects.toMatchObject(damaged)
  await expect(readBucket(path)).rejects.toMatchObject(damaged)
})

test('a file that is cut off while it is read, at a block or within one', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a.blocks')
  for (const bytes of [2 * (BLOCK_HASHES * 32 + 4), 2 * (BLOCK_HASHES * 32 + 4) + 36]) {
    await rm(path, { force: true })
    await writeBucket(path, hashesOfBucket(5 * BLOCK_HASHES))
    const reading = (async () => {
      for await (const hashes of hashesOf(path)) if (hashes.length > 0) await truncate(path, bytes)
    })()
    await expect(reading, `${bytes} bytes`).rejects.toMatchObject(damaged)
  }
})

test('a file that is there is not written over, and none is written where a link leads', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a.blocks')
  await symlink(join(bench.dir, 'elsewhere'), path)
  await expect(writeBucket(path, hashesOfBucket(1))).rejects.toMatchObject({ code: 'EEXIST' })
  expect(await readdir(bench.dir)).toEqual(['a.blocks'])
})

test('a file that cannot be opened is not taken for a missing one', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a.blocks')
  await symlink(path, path)
  await expect(readBucket(path)).rejects.toMatchObject({ code: 'ELOOP' })
})

test('a file that the disk has no room for ends the writing', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a.blocks')
  const url = new URL('../../src/engines/local/hashes/with-sinks.ts', import.meta.url).href
  const script = `const { withSinks } = await import(${JSON.stringify(url)})
    await withSinks([${JSON.stringify(path)}], ([sink]) => sink.add(new Uint8Array(32 * 4096), 0, 4096))`
  // A limit of 64 KiB, up to which the first write goes.
  const limited = [
    '-c',
    'ulimit -f 128; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ]
  await expect(promisify(execFile)('/bin/sh', limited)).rejects.toThrow('EFBIG')
  await expect(stat(path)).resolves.toMatchObject({ size: 65_536 })
})

/** A ledger of some members, as a comparison left it. */
async function ledgerOf(bench: Workbench) {
  const told = ['1', '2', '3', '4', '5', '6', '7'].map(sha256)
  const desired = ['4', '5', '6', '7', '8', '9'].map(sha256)
  const prepare = async (hashes: string[]) =>
    (await bench.prepare(streamOf(hashes), { hashed: true })).stageDir
  const toldDir = (await bench.compare(await prepare(told))).desiredDir
  const unsureDir = (await bench.compare(await prepare(['10', '11'].map(sha256)))).desiredDir
  const stageDir = await prepare(desired)
  const compared = await bench.compare(stageDir, { toldDir, unsureDir })
  return { toldDir, unsureDir, stageDir, compared }
}

/** Runs `check` once for every byte of the folder, with a bit of it flipped, and with every file cut off and deleted. */
async function forEachFault(dir: string, check: (what: string) => Promise<void>): Promise<void> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name)
    const bytes = await readFile(path)
    if (bytes.length === 0) continue
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at)
      await writeFile(path, flipped)
      await check(`${name} at ${at}`)
    }
    await writeFile(path, bytes.subarray(0, 17))
    await check(`${name} cut off`)
    await rm(path)
    await check(`${name} deleted`)
    await writeFile(path, bytes)
  }
}

test('damage to what was told or is unsure ends a comparison', async () => {
  await using bench = await Workbench.open()
  const { toldDir, unsureDir, stageDir } = await ledgerOf(bench)
  const check = async (what: string) =>
    expect(bench.compare(stageDir, { toldDir, unsureDir }), what).rejects.toMatchObject(damaged)
  await forEachFault(toldDir, check)
  await forEachFault(unsureDir, check)
})

test('damage to a set or to the spool ends a folding', async () => {
  await using bench = await Workbench.open()
  const { toldDir, unsureDir, compared } = await ledgerOf(bench)
  const fold = () =>
    bench.engine.fold({
      toldDir,
      unsureDir,
      ...compared,
      confirmed: [{ operation: 'add', first: 0, count: 1 }],
      unanswered: [{ operation: 'remove', first: 1, count: 1 }],
      newToldDir: join(bench.dir, 'new-told'),
      newUnsureDir: join(bench.dir, 'new-unsure'),
      signal,
    })
  const right = await fold()
  for (const dir of [toldDir, unsureDir, compared.spoolDir])
    await forEachFault(dir, async (what) => expect(fold(), what).rejects.toMatchObject(damaged))
  // A sound file, of fewer hashes than the change has.
  for (const name of await readdir(compared.spoolDir)) {
    const path = join(compared.spoolDir, name)
    const bytes = await readFile(path)
    if (bytes.length === 0) continue
    await writeFile(path, '')
    await expect(fold(), name).rejects.toMatchObject(damaged)
    await writeFile(path, bytes)
  }
  expect(await fold()).toEqual(right)
  expect(await openBelow(bench.dir)).toEqual([])
})

/** Files below a folder that this process has open, where the system tells. */
async function openBelow(dir: string): Promise<string[]> {
  const all = await readdir('/proc/self/fd').catch(() => [])
  const places = await Promise.all(all.map(async (fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return places.filter((place) => place.startsWith(dir))
}

test('a spool that is made again is the same, and a stop ends that', async () => {
  await using bench = await Workbench.open()
  const { toldDir, unsureDir, compared } = await ledgerOf(bench)
  const sets = { toldDir, unsureDir, desiredDir: compared.desiredDir }
  const again = join(bench.dir, 'again')
  await mkdir(again)
  await respool(sets, again, signal)
  for (const operation of ['adds', 'removes'] as const)
    expect(await spooled(again, operation)).toEqual(await spooled(compared.spoolDir, operation))
  const stopped = AbortSignal.abort(new Error('stop'))
  await expect(respool(sets, join(bench.dir, 'none'), stopped)).rejects.toThrow('stop')
})

test('damage to the spool is noticed by the batch that reads it', async () => {
  await using bench = await Workbench.open()
  const { spoolDir, addsByBucket, removesByBucket } = (await ledgerOf(bench)).compared
  const readAll = async () => {
    for (const [operation, counts] of [
      ['add', addsByBucket],
      ['remove', removesByBucket],
    ] as const) {
      const count = counts.reduce((sum, one) => sum + one, 0)
      await readBatch(spoolDir, counts, { operation, first: 0, count })
    }
  }
  await readAll()
  await forEachFault(spoolDir, async (what) => expect(readAll(), what).rejects.toMatchObject(damaged))
  const first = (await readdir(spoolDir)).find((name) => name.startsWith('removes')) ?? ''
  await rm(join(spoolDir, first))
  await expect(spoolHead(spoolDir, 'remove', 1)).rejects.toMatchObject(damaged)
})
