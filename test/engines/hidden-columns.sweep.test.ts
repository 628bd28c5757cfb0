import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { lockSession } from '../../src/engines/local/duckdb/locked-query.ts'
import { previewFiles } from '../../src/engines/local/duckdb/preview-files.ts'
import { withSession } from '../../src/engines/local/duckdb/session.ts'
import { openSource } from '../../src/sources/open-source.ts'
import type { SourceOptions } from '../../src/sources/open-source.ts'
import type { FileRows } from '../../src/sources/source.ts'
import { writeWith } from './checksummed-parquet.ts'
import { TWINS } from './twins.ts'
import { Workbench } from './workbench.ts'

/**
 * Who may not see personal data learns nothing of it from any query over files. How the service asks for that, and in a process of its
 * own, `server/restricted` tries.
 */

queriesRunHere()

const { signal } = new AbortController()

const REVERSING = [
  'SELECT * FROM input',
  "SELECT 'a@a.' || substr(email, 1, 3) AS email FROM input",
  "SELECT email || '.test' AS email, upper(name) AS n, age + 1 AS a FROM input",
  "SELECT country FROM input WHERE substr(email, 1, 1) = 'a'",
  "SELECT country FROM input WHERE email > 'm' OR age > 50 OR joined < DATE '2000-01-01'",
  "SELECT regexp_matches(email, '^a') AS hit, regexp_extract(name, '.') AS first FROM input",
  "SELECT CASE WHEN email LIKE 'a%' THEN 'yes' ELSE 'no' END AS answer FROM input",
  'SELECT country FROM input ORDER BY email, name, age, joined',
  'SELECT email, count(*) AS n FROM input GROUP BY email ORDER BY n',
  'SELECT count(email) AS e, count(name) AS n, count(age) AS a, count(DISTINCT email) AS d FROM input',
  'SELECT email IS NULL AS a, name IS NULL AS b, age IS NULL AS c, coalesce(joined::text, 1::text) AS d FROM input',
  "SELECT v FROM (VALUES ('anna@example.com'), ('zoe@example.net')) AS t(v) JOIN input ON email = v",
  "SELECT 1 / (CASE WHEN email LIKE 'a%' THEN 0 ELSE 1 END) AS email FROM input",
  "SELECT error('told') FROM input WHERE email LIKE 'a%'",
  'SELECT CAST(email AS INTEGER) AS email FROM input',
  'SELECT CAST(age AS VARCHAR)::DATE AS email FROM input',
  'SELECT country FROM input LIMIT (SELECT length(max(email)) FROM input)',
  'SELECT country FROM input OFFSET (SELECT count(*) FROM input WHERE age > 50)',
  'SELECT sha256(email) AS h, hash(name) AS g, md5(email) AS m, hash(input) AS row FROM input',
  'SELECT string_agg(email) AS all_of, min(age) AS youngest, max(joined) AS last, approx_quantile(age, 0.5) FROM input',
  'SELECT i AS row, to_json(i) AS j, i::VARCHAR AS t FROM input i',
  'SUMMARIZE input',
  'SELECT * FROM (SUMMARIZE below.input)',
  'SELECT * FROM below.input',
  "SELECT json_serialize_plan('SELECT 1 FROM below.input WHERE email >= ''k''', optimize := true)",
  "SELECT json_serialize_plan('SELECT year(joined), age + 1 FROM input', optimize := true)",
  'SELECT stats(email) AS s, stats(age) AS t FROM input',
  "SELECT strptime(joined, '%Y-%m-%d') AS d FROM input",
  'SELECT * FROM memory.below.input',
  'SELECT * FROM reject_errors',
  'SELECT * FROM duckdb_views',
  'SELECT * FROM information_schema.columns',
  'SELECT * FROM duckdb_tables, (WITH duckdb_tables AS (SELECT 1) SELECT 1)',
  'SELECT * FROM (SHOW ALL TABLES)',
  'UNPIVOT (SELECT email, name FROM input) ON email, name',
  "SELECT email FROM input WHERE rowid = 0 AND email LIKE 'a%'",
  'SELECT email FROM input TABLESAMPLE reservoir(1 ROWS) REPEATABLE (1)',
  'SELECT e.email FROM input e SEMI JOIN input f ON e.age < f.age',
  'SELECT country, row_number() OVER (ORDER BY email) AS r, lag(name) OVER (ORDER BY age) AS l FROM input',
  'SELECT country, count(*) OVER (PARTITION BY email) AS n, sum(age) OVER () AS s FROM input',
  'SELECT country FROM input QUALIFY row_number() OVER (ORDER BY name) = 1',
  'SELECT country FROM input ORDER BY email LIMIT 1',
  "SELECT email FROM input EXCEPT SELECT 'anna@example.com'",
  "SELECT email FROM input INTERSECT SELECT 'zoe@example.net'",
  'SELECT DISTINCT ON (email) country FROM input',
  "SELECT g FROM generate_series(1, (SELECT count(*) FROM input WHERE email LIKE 'a%')) AS t(g)",
  'SELECT country, g FROM input JOIN generate_series(1, 200) AS t(g) ON g <= length(email)',
  "SELECT max(md5(repeat(email, CASE WHEN email LIKE 'a%' THEN 100000 ELSE 1 END))) AS m FROM input",
  'SELECT row_to_json(i) AS j FROM input i',
  'SELECT input::text AS t FROM input',
  "SELECT country FROM input WHERE email SIMILAR TO 'a.*' OR name GLOB 'A*'",
  'SELECT histogram(email) AS h, list(name) AS l, mode(age) AS m, any_value(joined) AS v FROM input',
  "SELECT country FROM input WHERE email IN ('anna@example.com') OR EXISTS (SELECT 1 FROM input j WHERE j.age > 90)",
  'PIVOT input ON email USING count(*) GROUP BY country',
] as const

/** The same rows as another kind of file, in which a column may have a type of its own. */
const FORMATS = {
  csv: (path: string, csv: string) => writeFile(path, csv),
  'csv.gz': (path: string, csv: string) => writeFile(path, gzipSync(csv)),
  jsonl: async (path: string, csv: string) => {
    const [names = [], ...rows] = cellsOf(csv)
    const objects = rows.map((row) =>
      Object.fromEntries(row.map((cell, index) => [names[index], jsonOf(cell)])),
    )
    await writeFile(path, objects.map((object) => `${JSON.stringify(object)}\n`).join(''))
  },
  parquet: async (path: string, csv: string) => {
    await writeFile(`${path}.source`, csv)
    await writeWith(path, `FROM read_csv('${path}.source', header = true)`)
  },
}
type Format = keyof typeof FORMATS

const cellsOf = (csv: string) =>
  csv
    .trim()
    .split('\n')
    .map((line) => line.split(','))

function jsonOf(cell: string): string | number | null {
  if (cell === '') return null
  return /^\d+$/.test(cell) ? Number(cell) : cell
}

async function filesOf(options: SourceOptions): Promise<FileRows> {
  return (await openSource(options)).rows as FileRows
}

/** A file of this text, as a person sees it to whom only some columns are open. */
async function seenOf(
  bench: Workbench,
  csv: string,
  format: Format,
  openColumns: readonly string[],
  formats: Record<Format, (path: string, csv: string) => Promise<void>> = FORMATS,
) {
  const path = bench.path(`in.${format}`)
  await formats[format](path, csv)
  const options = { openColumns, limits: defaultLimits, tempDir: bench.path('temp'), signal }
  const open = async (query: string) => {
    const from = { from: [path], emailColumn: 'email', limits: defaultLimits, signal, cwd: bench.dir }
    return { ...(await filesOf({ ...from, query })), query }
  }
  return {
    marksOf: async (sql: string) => {
      const { columns } = await previewFiles(await open(sql), { ...options, rowsMax: 100 })
      return columns.map(({ hidden }) => hidden)
    },
    told: async (sql: string): Promise<string> => {
      try {
        return JSON.stringify(await previewFiles(await open(sql), { ...options, rowsMax: 100 }))
      } catch (error) {
        if (!isRollcallError(error)) throw error
        return `${error.code}: ${error.message}`
      }
    },
  }
}

it.each([
  ['in one file', ['email,note,note,note_1\na@example.com,first,second,open\n']],
  [
    'in another file',
    ['email,note,note\na@example.com,first,second\n', 'email,note_1\nb@example.com,open\n'],
  ],
])('a hidden column never has the name of an open one %s', async (_, texts) => {
  await using bench = await Workbench.open()
  for (const files of [texts, texts.toReversed()]) {
    const from = await Promise.all(files.map((text) => bench.write('in.csv', text)))
    const place = { from, emailColumn: 'email', limits: defaultLimits, signal, cwd: bench.dir }
    const query = 'SELECT * FROM input'
    const rows = { ...(await filesOf({ ...place, query })), query }
    const options = { openColumns: ['note_1'], limits: defaultLimits, tempDir: bench.path('temp'), signal }
    const told = JSON.stringify(await previewFiles(rows, { ...options, rowsMax: 100 }))
    expect(told).toContain('"open"')
    expect(told).not.toMatch(/first|second/)
  }
})

it('an open column is text where the query compares it with one, and its numbers are numbers', async () => {
  await using bench = await Workbench.open()
  const csv = 'email,zip,spent,day\na@example.com,10,9,2024-01-05\nb@example.com,7,10.5,2023-12-31\n'
  const { told } = await seenOf(bench, csv, 'csv', ['zip', 'spent', 'day'])
  for (const [condition, zips] of [
    ["zip = '07'", []],
    ["zip IN ('7', '07')", ['7']],
    ["left(zip, 1) = '1'", ['10']],
    ["day = '2024-1-5'", []],
    ["contains(day, '2024')", ['10']],
    ['spent > 9', ['7']],
    ["spent = '10.5'", ['7']],
    ['zip = 7 AND spent + 1 > 2', ['7']],
    ['zip = email', []],
  ] as const) {
    const said = await told(`SELECT zip::VARCHAR AS zip FROM input WHERE ${condition}`)
    expect([condition, said.startsWith('{') ? JSON.parse(said).rows.flat() : said]).toEqual([condition, zips])
  }
})

/** Queries, and which columns of their results come from hidden ones. */
const MARKED: readonly (readonly [sql: string, ...marks: boolean[]])[] = [
  ['SELECT country, count(*) AS n FROM input GROUP BY country', false, false],
  ["SELECT count(*) AS n FROM input WHERE country = 'DE'", false],
  ['SELECT 1 AS one FROM input', false],
  ['SELECT country, email, upper(email) AS u FROM input', false, true, true],
  ['SELECT email AS e, country, length(e) AS l FROM input ORDER BY country', true, false, true],
  ['SELECT country, email FROM input ORDER BY email', false, true],
  ['SELECT country AS c, * EXCLUDE (name), country AS d FROM input', false, true, true, true, false, false],
  ['SELECT i.country, i.email FROM input i', false, true],
  ['SELECT country, max(age) AS a FROM input GROUP BY country', false, true],
  ['SELECT country, count(email) AS n FROM input GROUP BY country', false, true],
  ['SELECT count(*) AS n FROM input WHERE email IS NULL', true],
  ['SELECT country, email FROM input ORDER BY email LIMIT 1', true, true],
  ['SELECT country, count(*) AS n FROM input GROUP BY country, email', true, true],
  ['SELECT email AS e, count(*) AS n FROM input GROUP BY e', true, true],
  ['SELECT email, count(*) AS n FROM input GROUP BY 1', true, true],
  ['SELECT email, count(*) AS n FROM input GROUP BY ALL', true, true],
  ['SELECT country, count(*) AS n FROM input GROUP BY 1 HAVING max(name) > country::VARCHAR', true, true],
  ['SELECT DISTINCT country, email FROM input', true, true],
  ['SELECT country, row_number() OVER (ORDER BY email) AS r FROM input', false, true],
  ['SELECT country FROM input QUALIFY row_number() OVER (ORDER BY name) = 1', true],
  ['SELECT country, hash(i) AS h FROM input i', false, true],
  [
    'SELECT country, (SELECT count(*) FROM input j WHERE j.name > country::VARCHAR) AS n FROM input',
    false,
    true,
  ],
  ['SELECT a.country, b.age FROM input a, (SELECT max(age) AS age FROM input) b', false, true],
  ['SELECT a.country, b.age FROM input a, (SELECT max(age) AS age FROM input GROUP BY name) b', true, true],
  ['SELECT country, email IN (SELECT name FROM input) AS u FROM input', false, true],
  ['SELECT country FROM input WHERE email IN (SELECT name FROM input)', true],
  ['SELECT country, email.upper() AS u FROM input', false, true],
  ['SELECT count(*) AS n FROM (SELECT email FROM input)', false],
  ['SELECT count(*) AS n FROM (SELECT DISTINCT email FROM input)', true],
  ['SELECT country FROM (SELECT country, email FROM input)', false],
  ['SELECT country, n FROM (SELECT country, max(age) AS n FROM input GROUP BY country)', false, true],
  ['FROM (DESCRIBE input)', true, true, true, true, true, true],
  ['WITH t AS (SELECT email AS e FROM input) SELECT count(e) AS n FROM t', true],
  ['SELECT count(*) AS n FROM input i JOIN input j ON i.email = j.email', true],
  ['SELECT country FROM input UNION SELECT email FROM input', true],
  ['SELECT COLUMNS(*)::VARCHAR FROM input', true, true, true, true, false],
]

it('a column of a result is marked when its values come from hidden ones, and so whenever they differ with these', async () => {
  await using bench = await Workbench.open()
  const { marksOf } = await seenOf(bench, TWINS[0] ?? '', 'csv', ['Country'])
  for (const [sql, ...marks] of MARKED) expect([sql, ...(await marksOf(sql))]).toEqual([sql, ...marks])
  const twins = await Promise.all(TWINS.map((twin, place) => bench.write(`twin${place}.csv`, twin)))
  const unmasked = {
    openColumns: null,
    limits: defaultLimits,
    tempDir: bench.path('temp'),
    signal,
    rowsMax: 100,
  }
  for (const [query, ...marks] of MARKED.filter((marked) => marked.includes(false))) {
    const seen = await Promise.all(
      twins.map(async (path) => {
        const from = { from: [path], emailColumn: 'email', limits: defaultLimits, signal, cwd: bench.dir }
        return previewFiles({ ...(await filesOf({ ...from, query })), query }, unmasked)
      }),
    )
    // Without their order, which a result has only where a person asks for it.
    const open = seen.map(({ rows }) =>
      marks.map((isMarked, place) =>
        isMarked ? [] : rows.map((row) => JSON.stringify(row[place])).toSorted(),
      ),
    )
    expect([query, open[0]]).toEqual([query, open[1]])
  }
})

it('a failure names the hidden columns that the query reads, and no others', async () => {
  await using bench = await Workbench.open()
  const { told } = await seenOf(bench, TWINS[0] ?? '', 'csv', ['Country'])
  const failed = await told('SELECT CAST(email AS INTEGER) AS e FROM input')
  expect(failed).toContain('Column "email" is hidden from you')
})

/** The tables of a session that hold rows. */
async function tablesAfter(openColumns: readonly string[] | null, query: string): Promise<unknown[]> {
  await using bench = await Workbench.open()
  const path = await bench.write('in.jsonl', '{"email":"a@example.com","n":1}\n')
  const options = { limits: defaultLimits, tempDir: bench.path('temp'), signal }
  const from = { from: [path], emailColumn: 'email', limits: defaultLimits, signal, cwd: bench.dir }
  const rows = { ...(await filesOf({ ...from, query })), query }
  return await withSession(options, async (session) => {
    const locked = { ...options, openColumns, outputDir: null, onBytes: () => undefined }
    const input = await lockSession(session, rows, locked)
    if (openColumns === null) await input.readAll()
    return (await session.run('SELECT table_name FROM duckdb_tables()')).flat().map(String)
  })
}

it('what is hidden has left the session when the query is run', async () => {
  expect(await tablesAfter(['n'], 'SELECT n FROM input')).toEqual(['open_columns'])
})

it('rows that are read again with all columns are there once', async () => {
  expect(await tablesAfter(null, 'SELECT email FROM input')).toHaveLength(1)
})

/** The mark of the twins below as bytes, in place of which a byte stands that is no text. */
const UTF8_MARK = Buffer.from('ÿ').toString('latin1')

/** The same rows, but for bytes that are no text in hidden columns of the second one. */
const UNTOLD = ['', 'ÿ'].map(
  (mark) =>
    `country,email,name\nDE,a${mark}@example.com,Anna\nFR,b@example.com,B${mark}ert\nIT,c@example.com,Carl\n`,
)
const asBytes = (text: string) =>
  Buffer.from(Buffer.from(text).toString('latin1').replaceAll(UTF8_MARK, '\u00ff'), 'latin1')

const UNTOLD_FORMATS: Record<Format, (path: string, csv: string) => Promise<void>> = {
  csv: (path, csv) => writeFile(path, asBytes(csv)),
  'csv.gz': (path, csv) => writeFile(path, gzipSync(asBytes(csv))),
  jsonl: async (path, csv) => {
    await FORMATS.jsonl(path, csv)
    await writeFile(path, asBytes(await readFile(path, 'utf8')))
  },
  parquet: async (path, csv) => {
    await writeFile(`${path}.source`, csv)
    const bytes = "from_hex(replace(hex(email), 'C3BF', 'FF'))"
    await writeWith(
      path,
      `SELECT country, ${bytes} AS email, name FROM read_csv('${path}.source', header = true)`,
    )
  },
}

describe.each(Object.keys(FORMATS) as Format[])('hidden columns of files: %s', (format) => {
  it('tell nothing through any expression, filter, join, order, count or error', async () => {
    await using bench = await Workbench.open()
    const [one, other] = await Promise.all(TWINS.map((twin) => seenOf(bench, twin, format, ['Country'])))
    for (const sql of REVERSING) {
      const told = await one?.told(sql)
      expect(`${sql}: ${told}`).toBe(`${sql}: ${await other?.told(sql)}`)
      expect(told?.replace(sql, '')).not.toMatch(/anna|zoe|below\.|"rowCount":\d/i)
    }
  })

  it('tell nothing of bytes that are no text', async () => {
    await using bench = await Workbench.open()
    const seen = async (csv: string, openColumns: readonly string[]) =>
      seenOf(bench, csv, format, openColumns, UNTOLD_FORMATS)
    const [one, other] = await Promise.all(UNTOLD.map((csv) => seen(csv, ['country'])))
    for (const sql of [
      'SELECT country FROM input',
      'SELECT country, name FROM input',
      'SELECT count(*) AS n FROM input',
      'SELECT * FROM input',
    ]) {
      const told = await one?.told(sql)
      expect(told).toContain('"rows":')
      expect(`${sql}: ${told}`).toBe(`${sql}: ${await other?.told(sql)}`)
    }
    // Of a column that is open, they may be told.
    const open = await seen(UNTOLD[1] ?? '', ['email', 'country'])
    expect(JSON.parse((await open.told('SELECT email, country FROM input')) ?? '').rows).toEqual([
      ['b@example.com', 'FR'],
      ['c@example.com', 'IT'],
    ])
  })

  it('tell no type, from any error either', async () => {
    await using bench = await Workbench.open()
    const files = [
      'email,age,born,code\na@example.com,31,2020-01-01,7\n',
      'email,age,born,code\nb@example.com,x,y,z\n',
    ]
    const [one, other] = await Promise.all(files.map((file) => seenOf(bench, file, format, [])))
    for (const sql of [
      'SELECT * FROM input',
      'SELECT age + 1 AS a FROM input',
      'SELECT email FROM input WHERE age > 50',
      "SELECT email FROM input WHERE born < DATE '2021-01-01'",
      'SELECT typeof(age) AS a, typeof(born) AS b, typeof(code) AS c FROM input',
      'SELECT year(born) AS y FROM input',
      'SELECT code::INTEGER AS c FROM input',
    ]) {
      const told = await one?.told(sql)
      expect(`${sql}: ${told}`).toBe(`${sql}: ${await other?.told(sql)}`)
      expect(told).not.toMatch(/BIGINT|"DATE"/)
    }
  })
})
