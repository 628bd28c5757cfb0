import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inChildren, queriesRunHere } from '../support/queries-here.ts'
import { countRows, previewQuery } from '../../src/engines/local/preview.ts'
import { allFiles, Workbench, writeParquet } from './workbench.ts'
import { code, CSV, optionsOf, preview } from './preview-options.ts'

queriesRunHere()

describe('a preview of files', () => {
  it('tells nothing of the values of a hidden column, also where a query is refused over them', async () => {
    await using bench = await Workbench.open()
    const query = "SELECT email FROM input WHERE n >= '50'"
    const text = 'email,n,country\na@b.test,150,DE\nb@b.test,n/a,DE\n'
    expect(await code(preview(bench, text, { query }))).toContain('Column "n" is text')
    expect(await preview(bench, text, { query, openColumns: ['country'] })).toMatchObject({ rowCount: null })
    expect(await code(preview(bench, text, { query, openColumns: ['n'] }))).toContain('Column "n" is text')
    const asked = {
      query: 'SELECT country.lower() AS c, n.lower() AS n FROM input',
      openColumns: ['country'],
    }
    expect((await preview(bench, text, asked)).rows[0]).toEqual(['de', '•••'])
  })

  it.each(['n = 1', '1 = n', 'n <> 0.6', 'n IN (1, 2)', 'n IS NOT DISTINCT FROM 1'])(
    'compares an open column of numbers as all columns are compared: %s',
    async (condition) => {
      await using bench = await Workbench.open()
      const query = `SELECT country FROM input WHERE ${condition}`
      const text = 'email,n,country\na@b.test,1,DE\nb@b.test,0.6,AT\n'
      for (const openColumns of [null, ['n', 'country']])
        expect((await preview(bench, text, { query, openColumns })).rows).toEqual([['DE']])
    },
  )

  it('shows the whole input when there is no query, with types found in it', async () => {
    await using bench = await Workbench.open()
    const { seconds, ...shown } = await preview(bench, CSV)
    expect(seconds).toBeGreaterThan(0)
    expect(shown).toEqual({
      columns: [
        { name: 'id', type: 'BIGINT', hidden: false },
        { name: 'email', type: 'VARCHAR', hidden: false },
        { name: 'country', type: 'VARCHAR', hidden: false },
        { name: 'spent', type: 'VARCHAR', hidden: false },
        { name: 'born', type: 'DATE', hidden: false },
      ],
      columnsTotal: 5,
      rows: [
        [1, 'a@b.test', 'DE', '50', '1990-01-31'],
        [2, 'b@b.test', 'FR', '150.5', null],
        [3, 'c@b.test', 'DE', '900', '2000-02-29'],
      ],
      rowCount: 3,
      emailColumnProblem: null,
      unreadable: 0,
      byOrder: [],
    })
    expect(await readdir(join(bench.dir, 'temp'))).toEqual([])
  })

  it('shows what a query makes of it', async () => {
    await using bench = await Workbench.open()
    const query =
      'SELECT country, count(*) AS customers, sum(spent) > 200 AS big, [1, 2] AS list, NULL AS nothing FROM input GROUP BY country ORDER BY country'
    expect(await preview(bench, CSV, { query })).toMatchObject({
      columns: [
        { name: 'country', type: 'VARCHAR' },
        { name: 'customers', type: 'BIGINT' },
        { name: 'big', type: 'BOOLEAN' },
        { name: 'list', type: 'INTEGER[]' },
        { name: 'nothing' },
      ],
      rows: [
        ['DE', 2, true, '[1, 2]', null],
        ['FR', 1, false, '[1, 2]', null],
      ],
      emailColumnProblem: expect.stringContaining('no column "email"') as string,
    })
  })

  it('reads every format, packed ones too', async () => {
    await using bench = await Workbench.open()
    expect((await preview(bench, gzipSync(CSV), {}, 'in.csv.gz')).rowCount).toBe(3)
    expect((await preview(bench, '{"email":"a@b.test","n":1}\n{"n":2}\n', {}, 'in.jsonl')).rows).toEqual([
      ['a@b.test', 1],
      [null, 2],
    ])
    const parquet = bench.path('in.parquet')
    await writeParquet(parquet, ['a@b.test', null])
    expect((await previewQuery(optionsOf(bench, parquet))).rows).toEqual([
      ['a@b.test', 0],
      [null, 1],
    ])
  })

  it('keeps to the first rows, in their order', async () => {
    await using bench = await Workbench.open()
    const lines = Array.from({ length: 50_000 }, (_, index) => `${index},m${index}@b.test\n`)
    const shown = await preview(bench, `id,email\n${lines.join('')}`)
    expect(shown.rows.map(([id]) => id)).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(shown.rowCount).toBeNull()
    const fewer = { rowsMax: 1_000_000, limits: { previewRowsMax: 7 } }
    expect((await preview(bench, `id,email\n${lines.join('')}`, fewer)).rows.length).toBe(7)
  })

  it(
    'of a result of many gigabytes comes at once, small, and leaves nothing',
    inChildren(async () => {
      await using bench = await Workbench.open()
      const query = "SELECT email, repeat('x', 100000) AS long, a.range AS n FROM input, range(1000000000) a"
      const { rows, rowCount } = await preview(bench, CSV, { query })
      expect(rowCount).toBeNull()
      expect(rows.length).toBe(100)
      expect(rows[0]?.[1]).toBe(`${'x'.repeat(500)}…`)
      expect(await readdir(join(bench.dir, 'temp'))).toEqual([])
    }),
  )

  it('of very many columns shows the first of them', async () => {
    await using bench = await Workbench.open()
    const names = Array.from({ length: 10_000 }, (_, index) => `column ${index}`)
    const wide = `${names.join(',')},email\n${`${'1,'.repeat(10_000)}a@b.test\n`.repeat(3)}`
    const shown = await preview(bench, wide, { limits: { queryMemoryBytesMax: 2 ** 31 } })
    expect(shown.columnsTotal).toBe(10_001)
    expect(shown.columns.length).toBe(500)
    expect(shown.emailColumnProblem).toBeNull()
    expect(JSON.stringify(shown).length).toBeLessThan(100_000)
  })

  it('never names the values of a type', async () => {
    await using bench = await Workbench.open()
    const query = "SELECT email, 'a@b.test'::ENUM('a@b.test') AS kind, {'a@b.test': 1} AS odd FROM input"
    expect((await preview(bench, CSV, { query })).columns.map(({ type }) => type)).toEqual([
      'VARCHAR',
      'ENUM',
      'STRUCT',
    ])
  })

  it.each([
    ['no such column', 'SELECT id, country FROM input', 'no column "email". It has "id", "country"'],
    ['two of that name', 'SELECT email, country AS email FROM input', '2 columns named "email"'],
    ['one of numbers', 'SELECT id AS email FROM input', 'holds BIGINT, not text'],
  ])('tells why a run would fail: %s', async (_, query, words) => {
    await using bench = await Workbench.open()
    const shown = await preview(bench, CSV, { query })
    expect(shown.emailColumnProblem).toContain(words)
    expect(shown.rows.length).toBe(3)
  })

  it('tells of a column that the query reads and that not every file has, and of a first row in place of names', async () => {
    await using bench = await Workbench.open()
    const files = [CSV, CSV.replace('country', 'Land')].map((text) => bench.write('in.csv', text))
    const query = "SELECT email FROM input WHERE country = 'DE'"
    const shown = await previewQuery(optionsOf(bench, await Promise.all(files), { query }))
    expect(shown.emailColumnProblem).toContain('It reads column "country", which "')
    expect(shown.rows.length).toBe(2)
    const first = await preview(bench, 'ann@b.test,1\nbob@b.test,2\n', { query: 'SELECT * FROM input' })
    expect(first).toMatchObject({
      rows: [],
      emailColumnProblem: expect.stringContaining('no header line'),
    })
  })

  it('tells what a run without a query would miss in the files themselves', async () => {
    await using bench = await Workbench.open()
    expect((await preview(bench, 'email,x,email\n1,2,3\n')).emailColumnProblem).toContain(
      '2 columns named "email"',
    )
    expect((await preview(bench, 'ann@b.test,1\nbob@b.test,2\n')).emailColumnProblem).toContain(
      'no header line',
    )
    const empty = await preview(bench, '')
    expect(empty).toMatchObject({ columns: [], rows: [], rowCount: 0 })
    expect(empty.emailColumnProblem).toContain('is empty')
    expect(await preview(bench, '', { query: 'SELECT email FROM input' })).toMatchObject({ rows: [] })
  })

  it.each([
    ['SELECT email\nFROM input\n  WHRE x = 1', 'line 3, column 8 of the query'],
    ["SELECT 'čšž🙂' AS word,\n  '🙂' FROM FROM input", 'line 2, column 12 of the query'],
    [
      'SELECT \'it’s 🙂\' AS "“x”" -- ‘a’\nFROM input WHERE country = ‘DE’',
      "It has the curly quotation mark ‘, line 2, column 28 of the query. Use straight ones: ' around texts",
    ],
  ])('tells where the SQL is not valid: %j', async (query, place) => {
    await using bench = await Workbench.open()
    expect(await code(preview(bench, CSV, { query }))).toContain(place)
  })

  it('never quotes a row in an error', async () => {
    await using bench = await Workbench.open()
    for (const query of [
      'SELECT CAST(email AS INTEGER) FROM input',
      'SELECT error(email) FROM input',
      "SELECT strptime(email, '%Y') FROM input",
      "SELECT nobody FROM input WHERE email = 'a@b.test'",
      'SELEC email',
      ' -- nothing',
      'SELECT email FROM inputs',
    ]) {
      const message = await code(preview(bench, CSV, { query }))
      expect(message).toMatch(/^query_failed: /)
      expect(message).not.toContain('b.test')
    }
  })

  it.each([
    "SELECT content FROM read_text('SECRET')",
    "SELECT * FROM 'SECRET'",
    "SELECT * FROM 'DIR/*.csv'",
    "SELECT * FROM 'https://127.0.0.1:9/x.csv'",
    "SELECT getenv('HOME')",
    'SELECT * FROM duckdb_settings()',
    "COPY input TO 'DIR/out.csv'",
    'SELECT 1; SELECT 2',
    'INSTALL httpfs',
    'DROP VIEW input',
  ])('reaches nothing but its files: %s', async (query) => {
    await using bench = await Workbench.open()
    const dir = join(bench.dir, 'private')
    await mkdir(dir)
    await writeFile(join(dir, 'secret.csv'), 'email\nsecret@b.test\n')
    const before = await allFiles(dir)
    const text = query.replaceAll('SECRET', join(dir, 'secret.csv')).replaceAll('DIR', dir)
    expect(await code(preview(bench, CSV, { query: text }))).toMatch(/^query_failed: /)
    expect(
      await code(countRows(optionsOf(bench, await bench.write('in.csv', CSV), { query: text }))),
    ).toMatch(/^query_failed: /)
    expect(await allFiles(dir)).toEqual(before)
  })

  it.each([
    [
      'one that an interrupt stops',
      'SELECT max(a.range || b.range) FROM range(10000000) a, range(10000000) b',
    ],
    [
      'one that hears no interrupt for a while',
      'SELECT list_sum(list_transform(range(500), lambda x: list_sum(list_transform(range(1000), lambda y: list_sum(list_transform(range(1000), lambda z: x + y + z))))))',
    ],
  ])(
    'is over when its time is: %s',
    inChildren(async (_, query) => {
      await using bench = await Workbench.open()
      expect(await code(preview(bench, CSV, { query, limits: { previewTimeoutMs: 300 } }))).toContain(
        'previewTimeoutMs',
      )
    }),
  )

  it(
    'ends when whoever asked has left, also while others are before',
    inChildren(async () => {
      await using bench = await Workbench.open()
      const controller = new AbortController()
      const endless = {
        query: 'SELECT max(a.range || b.range) FROM range(10000000) a, range(10000000) b',
        signal: controller.signal,
      }
      const waiting = [1, 2, 3, 4].map(async () => preview(bench, CSV, endless))
      controller.abort(new Error('left'))
      for (const one of await Promise.allSettled(waiting))
        expect(one).toMatchObject({ status: 'rejected', reason: { message: 'left' } })
      expect((await preview(bench, CSV)).rowCount).toBe(3)
    }),
  )

  it('takes its turn when many ask at once', async () => {
    await using bench = await Workbench.open()
    const all = await Promise.all(Array.from({ length: 8 }, async () => preview(bench, CSV)))
    expect(all.map(({ rowCount }) => rowCount)).toEqual(Array.from({ length: 8 }, () => 3))
  })

  it(
    'of a query that needs more memory than there is says so',
    inChildren(async () => {
      await using bench = await Workbench.open({})
      const limits = { rowsMemoryBytesMax: 64 * 2 ** 20 }
      const query = 'SELECT repeat(email, 30000000) AS email FROM input'
      expect(await code(preview(bench, CSV, { query, limits }))).toContain('rowsMemoryBytesMax')
    }),
  )

  it('of a file that is not there, or is not what its name says', async () => {
    await using bench = await Workbench.open()
    expect(await code(previewQuery(optionsOf(bench, '/nowhere/x.csv')))).toMatch(/^source_not_found: /)
    expect(await code(preview(bench, 'PK', {}, 'in.parquet'))).toMatch(/^source_damaged: /)
  })

  it('begins as the file does, although some of its lines have to be read by themselves', async () => {
    await using bench = await Workbench.open()
    const lines = ['id,email', '1,a@b.test', '2,"x,y@b.test"', '3,c@b.test']
    const { rows } = await preview(bench, `${lines.join('\n')}\n`, { query: 'SELECT id FROM input LIMIT 1' })
    expect(rows).toEqual([[1]])
  })
})
