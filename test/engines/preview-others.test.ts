import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inChildren, queriesRunHere } from '../support/queries-here.ts'
import type { Limits } from '../../src/base/limits.ts'
import { countRows, listTables, previewQuery, probeQuery } from '../../src/engines/local/preview.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { Workbench } from './workbench.ts'
import { code, CSV, optionsOf } from './preview-options.ts'

/** Counts, tables, previews of databases, and checks of texts, for a person who waits. */

queriesRunHere()

describe('a count of files', () => {
  it.each([
    ['without an e-mail column', 'SELECT country FROM input', 'missing_email_column'],
    ['with two of them', 'SELECT email, email AS "EMAIL" FROM input', 'missing_email_column'],
    ['with numbers in it', 'SELECT 1 AS email FROM input', 'query_failed'],
  ])('is refused for a query %s, as its run is', async (_, query, refusal) => {
    await using bench = await Workbench.open()
    const options = optionsOf(bench, await bench.write('in.csv', CSV), { query })
    const said = await code(countRows(options))
    expect(said).toContain(refusal)
    expect(said).toBe(await code(probeQuery(options)))
  })

  it(
    'is of the query, or of the whole input',
    inChildren(async () => {
      await using bench = await Workbench.open()
      const path = await bench.write('in.csv', CSV)
      expect(await countRows(optionsOf(bench, path))).toMatchObject({ rowCount: 3 })
      const query = "SELECT email, country FROM input WHERE country = 'DE';"
      expect((await countRows(optionsOf(bench, path, { query }))).rowCount).toBe(2)
      const endless = {
        query: 'SELECT 1::TEXT AS email FROM range(1000000000000) a',
        limits: { previewTimeoutMs: 300 },
      }
      expect(await code(countRows(optionsOf(bench, path, endless)))).toContain('previewTimeoutMs')
    }),
  )

  it.each([
    ['empty', '', 'is empty'],
    ['a title above its names', 'Customers\n\nid,email\n1,a@b.test\n', 'text above its header line'],
  ])('is refused as a run is, where the file is: %s', async (_, content, words) => {
    await using bench = await Workbench.open()
    for (const query of [null, 'SELECT email FROM input']) {
      const options = optionsOf(bench, await bench.write('in.csv', content), { query })
      expect(await code(countRows(options))).toMatch(new RegExp(`^missing_email_column: .*${words}`))
    }
  })
})

describe('the table of files', () => {
  it('is input with all columns, as a query must name them', async () => {
    await using bench = await Workbench.open()
    const first = await bench.write('a.csv', 'id,email,email,\n1,a@b.test,x,2\n')
    const second = await bench.write('b.jsonl', '{"email":"a@b.test","extra":{"a@b.test":1}}\n')
    expect(await listTables(optionsOf(bench, [first, second], { query: 'ignored' }))).toEqual([
      {
        schema: null,
        name: 'input',
        columns: [
          { name: 'id', type: 'BIGINT' },
          { name: 'email', type: 'VARCHAR' },
          { name: 'email_1', type: 'VARCHAR' },
          { name: 'column3', type: 'BIGINT' },
          { name: 'extra', type: 'VARCHAR' },
        ],
      },
    ])
    expect(await listTables(optionsOf(bench, await bench.write('none.csv', '')))).toEqual([
      { schema: null, name: 'input', columns: [] },
    ])
  })
})

describe('a database', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false })
  })
  afterAll(async () => {
    await database.drop()
  })

  it('is previewed, counted and listed through the same doors', async () => {
    await using bench = await Workbench.open()
    const options = optionsOf(bench, database.url, { query: "SELECT 'a@b.test' AS email, 1 AS n" })
    expect(await previewQuery(options)).toMatchObject({
      rows: [['a@b.test', 1]],
      rowCount: 1,
      emailColumnProblem: null,
    })
    expect(await countRows(options)).toMatchObject({ rowCount: 1 })
    expect(await listTables({ ...options, query: null })).toEqual([])
    expect(await code(previewQuery({ ...options, query: null }))).toMatch(/^wrong_usage: /)
    expect(await code(previewQuery({ ...options, from: [database.url, 'x.csv'] }))).toMatch(/^wrong_usage: /)
  })
})

describe('a check of a text', () => {
  it(
    'says what is wrong with it, and of files that take longer than a person waits nothing more',
    inChildren(async () => {
      await using bench = await Workbench.open()
      const file = await bench.write('large.csv', `email,n\n${'ana@example.com,17\n'.repeat(2_000_000)}`)
      const query = 'SELECT n AS email FROM input WHERE n > 1'
      const check = async (limits: Partial<Limits>) =>
        code(probeQuery(optionsOf(bench, file, { query, limits })))
      expect(await check({})).toContain('holds BIGINT, not text')
      expect(await check({ previewTimeoutMs: 100 })).toBe('no error')
    }),
  )

  it('ends when the person leaves', async () => {
    await using bench = await Workbench.open()
    const left = new AbortController()
    left.abort(new Error('left'))
    const options = optionsOf(bench, await bench.write('in.csv', CSV), { query: 'SELECT email FROM input' })
    await expect(probeQuery({ ...options, signal: left.signal })).rejects.toThrow('left')
  })
})
