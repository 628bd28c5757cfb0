import { randomBytes } from 'node:crypto'
import { truncateSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import {
  deleteStored,
  deleteStoredExcept,
  readStoredFile,
  storeFile,
  storeFiles,
} from '../../src/store/stored-files.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'

const MIB = 2 ** 20
const { signal } = new AbortController()

let database: TestDatabase
let folder: Awaited<ReturnType<typeof makeFolder>>
let store: Store

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await makeFolder('stored')
  const home = await openHome({ ROLLCALL_HOME: folder.dir })
  store = await openStore({ home, env: { DATABASE_URL: database.url }, limits: defaultLimits })
})

afterAll(async () => {
  await store.close()
  await database.drop()
  await folder.remove()
})

let files = 0

async function fileOf(bytes: Buffer): Promise<string> {
  const path = join(folder.dir, `${(files += 1)}`)
  await writeFile(path, bytes)
  return path
}

async function stored(inFolder: string, name: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(readStoredFile(store.db, inFolder, name)))
}

async function namesIn(inFolder: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('stored_file')
    .select('name')
    .distinct()
    .where('folder', '=', inFolder)
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}

/** Sizes around the borders of parts, and small ones. */
const sizes = fc.oneof(
  fc.nat(5_000),
  fc.constantFrom(0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 1, 3 * MIB - 7),
)

test('a file of any size is read as it was stored, in parts, and one in its place takes all of it', async () => {
  const property = fc.asyncProperty(sizes, sizes, async (first, second) => {
    for (const size of [first, second]) {
      const bytes = randomBytes(size)
      await storeFile(store.db, 'rejects', 'wf_1', await fileOf(bytes))
      const parts = await Array.fromAsync(readStoredFile(store.db, 'rejects', 'wf_1'))
      expect(Buffer.concat(parts).equals(bytes)).toBe(true)
      expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(MIB)
    }
  })
  await fc.assert(property, { numRuns: 12 })
})

test('an empty file is there, a missing one is not', async () => {
  await storeFile(store.db, 'rejects', 'empty', await fileOf(Buffer.alloc(0)))
  expect(await Array.fromAsync(readStoredFile(store.db, 'rejects', 'empty'))).toHaveLength(1)
  expect(await Array.fromAsync(readStoredFile(store.db, 'rejects', 'none'))).toEqual([])
})

test('a file that cannot be read leaves the stored one as it was', async () => {
  const bytes = randomBytes(100)
  await storeFile(store.db, 'rejects', 'kept', await fileOf(bytes))
  await expect(storeFile(store.db, 'rejects', 'kept', folder.dir)).rejects.toThrow('EISDIR')
  expect((await stored('rejects', 'kept')).equals(bytes)).toBe(true)
})

test('a file that is cut off while it is stored is refused, and what was stored before stays', async () => {
  const bytes = randomBytes(100)
  await storeFile(store.db, 'rejects', 'cut off', await fileOf(bytes))
  const path = await fileOf(randomBytes(2 * MIB))
  // Its first part is on its way to the database.
  const db = store.db.withPlugin({
    transformQuery: ({ node }) => {
      if (node.kind === 'InsertQueryNode') truncateSync(path, MIB)
      return node
    },
    transformResult: async ({ result }) => result,
  })
  await expect(storeFile(db, 'rejects', 'cut off', path)).rejects.toMatchObject({
    code: 'internal_error',
    message: expect.stringContaining('got shorter') as string,
  })
  expect((await stored('rejects', 'cut off')).equals(bytes)).toBe(true)
})

test('many files go together, whatever their sizes', async () => {
  const property = fc.asyncProperty(fc.array(sizes, { maxLength: 8 }), async (list) => {
    const inFolder = `cl_${(files += 1)}`
    const contents = list.map((size) => randomBytes(size))
    const paths = await Promise.all(contents.map(fileOf))
    const named = paths.map((path, index) => ({ name: `sn_1/${index}`, path }))
    await storeFiles(store.db, inFolder, named, signal)
    for (const [index, bytes] of contents.entries()) {
      expect((await stored(inFolder, `sn_1/${index}`)).equals(bytes)).toBe(true)
    }
    await deleteStored(store.db, inFolder)
    expect(await namesIn(inFolder)).toEqual([])
  })
  await fc.assert(property, { numRuns: 12 })
})

/** The store, and how many statements went through it. */
function counted() {
  let statements = 0
  const db = store.db.withPlugin({
    transformQuery: ({ node }) => {
      statements += 1
      return node
    },
    transformResult: async ({ result }) => Promise.resolve(result),
  })
  return { db, statements: () => statements }
}

test.each([
  [[MIB / 2, MIB / 2], 1],
  [[0.6 * MIB, 0.6 * MIB, 0.3 * MIB], 2],
  [[MIB, 1, MIB], 3],
])(
  'files of %j bytes go out in %i statements, none of them much longer than a part',
  async (list, expected) => {
    const paths = await Promise.all(list.map((size) => fileOf(randomBytes(Math.floor(size)))))
    const { db, statements } = counted()
    const named = paths.map((path, index) => ({ name: `sn_1/${index}`, path }))
    await storeFiles(db, `cl_${(files += 1)}`, named, signal)
    expect(statements()).toBe(expected)
  },
)

test('a short part is the last, and nothing is asked for after it', async () => {
  await storeFile(store.db, 'rejects', 'two parts', await fileOf(randomBytes(MIB + 1)))
  const { db, statements } = counted()
  expect(await Array.fromAsync(readStoredFile(db, 'rejects', 'two parts'))).toHaveLength(2)
  expect(statements()).toBe(2)
})

test('storing many files ends when it is told to', async () => {
  const path = await fileOf(randomBytes(10))
  const stopped = storeFiles(store.db, 'cl_stopped', [{ name: 'a', path }], AbortSignal.abort())
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  expect(await namesIn('cl_stopped')).toEqual([])
})

test('only what is kept stays in a folder, and other folders stay as they are', async () => {
  const path = await fileOf(randomBytes(10))
  const several = await fileOf(randomBytes(MIB + 1))
  const names = ['sn_1/0', 'sn_1/1', 'sn_10/0', 'spool-sn_1/adds', 'sn_2/0']
  const named = names.map((name) => ({ name, path }))
  const more = Array.from({ length: 70 }, (_, index) => ({ name: `sn_3/${index}`, path }))
  await storeFiles(store.db, 'cl_a', [...named, ...more, { name: 'sn_4/0', path: several }], signal)
  await storeFiles(store.db, 'cl_b', named, signal)
  await deleteStoredExcept(store.db, 'cl_a', ['sn_1', 'spool-sn_1'])
  expect(await namesIn('cl_a')).toEqual(['sn_1/0', 'sn_1/1', 'spool-sn_1/adds'])
  expect(await namesIn('cl_b')).toEqual(names.toSorted())
})
