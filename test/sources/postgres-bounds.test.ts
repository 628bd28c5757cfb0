import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { countPostgres, previewPostgres } from '../../src/sources/postgres/preview.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'

/** Queries that would take all memory or all time: of this process they get little, and of the database no more than it allows. */

let database: SourceDatabase
let admin: Client

beforeAll(async () => {
  database = await createSourceDatabase()
  admin = new Client({ connectionString: database.admin })
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await database.drop()
})

/** Connections to the database: what was given up does not go on there. */
async function sessions(): Promise<number> {
  const { rows } = await admin.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'rollcall' AND datname = current_database()",
  )
  return rows[0].n
}

interface Asked {
  readonly limits?: Partial<Limits>
  readonly signal?: AbortSignal
  readonly emailColumn?: string
}

function optionsOf(query: string, { limits, signal, emailColumn = 'email' }: Asked) {
  return {
    url: database.url,
    from: [database.url],
    cwd: '/',
    query,
    emailColumn,
    rowsMax: 100,
    limits: { ...defaultLimits, ...limits },
    signal: signal ?? new AbortController().signal,
  }
}

/** Each way that a query goes, and what comes of it: how many rows were seen, or the error. */
const ways = {
  preview: async (query: string, asked: Asked = {}) =>
    (await previewPostgres(optionsOf(query, asked))).rows.length,
  count: async (query: string, asked: Asked = {}) => countPostgres(optionsOf(query, asked)),
  run: async (query: string, asked: Asked = {}) => {
    const options = optionsOf(query, asked)
    const { rows } = await openSource(options)
    if (rows.kind !== 'stream') throw new TypeError('not a stream')
    let received = 0
    for await (const values of rows.read(options.signal)) {
      received += values.length
      for (const value of values) expect(value?.length ?? 0).toBeLessThanOrEqual(defaultLimits.fieldBytesMax)
    }
    return received
  },
}

async function outcome(work: Promise<number>): Promise<number | string> {
  return work.catch((error: unknown) => {
    if (!isRollcallError(error)) throw error
    return `${error.passing ? 'passing ' : ''}${error.code}: ${error.message}`
  })
}

/** The outcome, and by how many MiB the memory of this process grew at most meanwhile. */
async function measured(work: () => Promise<number>): Promise<{ end: number | string; grownMib: number }> {
  const before = process.memoryUsage.rss()
  let most = before
  const look = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20)
  try {
    const end = await outcome(work())
    return { end, grownMib: (Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20 }
  } finally {
    clearInterval(look)
  }
}

describe.each(Object.entries(ways))('a %s', (_, way) => {
  test('of a huge value holds a small part of it', async () => {
    const { end, grownMib } = await measured(() => way("SELECT repeat('x', 100000000) AS email"))
    expect(end).toBe(1)
    expect(grownMib).toBeLessThan(80)
  })

  test('whose error quotes a huge value does not receive it', async () => {
    const query = "SELECT 'a' AS email FROM generate_series(1, 2) n WHERE repeat('x', 100000000)::int > n"
    const { end, grownMib } = await measured(() => way(query))
    expect(end).toMatch(/^query_failed: .*too long/)
    await expect.poll(sessions, { timeout: 180_000 }).toBe(0)
    expect(grownMib).toBeLessThan(80)
  })

  test('of too many columns is refused by the database, with its reason', async () => {
    const columns = Array.from({ length: 20_000 }, (_value, index) => `1 AS c${index}`).join(', ')
    expect(await outcome(way(`SELECT 'a' AS email, ${columns}`))).toMatch(/^query_failed: .*1664/)
  })

  test('that a person gives up ends in the database as well', async () => {
    const leaving = new AbortController()
    const query = 'SELECT count(*)::text AS email FROM generate_series(1, 1000000000000) n'
    const work = way(query, { signal: leaving.signal })
    work.catch(() => undefined)
    await expect.poll(sessions, { timeout: 180_000 }).toBeGreaterThan(0)
    leaving.abort(new Error('left'))
    await expect(work).rejects.toThrow('left')
    await expect.poll(sessions, { timeout: 180_000 }).toBe(0)
  })

  test('that never ends is stopped by the clock', async () => {
    const query = 'SELECT count(*)::text AS email FROM generate_series(1, 1000000000000) n'
    const limits = { previewTimeoutMs: 2_000, queryTimeoutMs: 2_000 }
    expect(await outcome(way(query, { limits }))).toMatch(/^query_failed: .*longer than 2 s/)
    await expect.poll(sessions, { timeout: 180_000 }).toBe(0)
  })
})

/** Row after row; in FROM, the database would keep all of them first. */
const ENDLESS = "SELECT 'p' || generate_series(1, 1000000000000) || '@example.com' AS email"

test('a run of endless rows holds few of them at a time', async () => {
  const { end, grownMib } = await measured(() => ways.run(ENDLESS, { limits: { queryTimeoutMs: 5_000 } }))
  expect(end).toMatch(/^query_failed: .*longer than 5 s/)
  expect(grownMib).toBeLessThan(200)
})

test('a preview of endless rows shows the first ones', async () => {
  expect(await ways.preview(ENDLESS)).toBe(100)
})
