import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { asRollcallError } from '../../src/base/rollcall-error.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { queryParts } from '../../src/engines/local/duckdb/query.ts'
import { allFiles, filesOf, sha256, Workbench } from './workbench.ts'

queriesRunHere()

const { signal } = new AbortController()
const CSV = 'id,email,country,total_spent\n1,a@b.test,DE,50\n2,b@b.test,FR,150.5\n3,c@b.test,DE,900\n'
const COLUMNS = ['id', 'email', 'country', 'total_spent']

async function ask(bench: Workbench, query: string, csv = CSV, emailColumn = 'email') {
  const path = await bench.write('in.csv', csv)
  return bench.run(await filesOf('csv', [path], { columns: COLUMNS, query, emailColumn }))
}

it.each([
  ['SELECT email FROM input WHERE total_spent > 100', 'bc'],
  ['SELECT * FROM input', 'abc'],
  ["FROM input SELECT EMAIL WHERE country = 'DE';", 'ac'],
  ['WITH big AS (SELECT * FROM input WHERE total_spent > 500) SELECT email FROM big -- the end', 'c'],
  ['SELECT email FROM input ORDER BY total_spent DESC LIMIT 1 /* ) */ ; ; -- )', 'c'],
  ["SELECT lower(trim(id || '@b.test')) AS email, email AS other FROM input WHERE false", ''],
  ['SELECT NULL::VARCHAR AS email', ''],
  ['WITH Big AS (SELECT * FROM input WHERE total_spent > 500) SELECT email FROM bIG', 'c'],
  [
    "WITH RECURSIVE Steps AS (SELECT email, 1 AS n FROM input UNION ALL SELECT email, n + 1 FROM sTEPS WHERE n < 2) SELECT email FROM steps WHERE n = 2 AND email < 'c'",
    'ab',
  ],
])('%s', async (query, letters) => {
  await using bench = await Workbench.open()
  expect((await ask(bench, query)).hashes).toEqual(
    letters
      .split('')
      .map((letter) => sha256(`${letter}@b.test`))
      .toSorted(),
  )
})

it('counts the lines it could not give to the query', async () => {
  await using bench = await Workbench.open()
  const result = await ask(
    bench,
    'SELECT email FROM input',
    `${CSV}4,d@b.test\n5,e@b.test,DE,1,x\n6,f@b.test,DE,7\n`,
  )
  expect(result).toMatchObject({ received: 6, valid: 4, invalidByReason: { ragged_line: 2 } })
})

/** Rows of three addresses: two cities are no UTF-8, and the column `x` of all. */
const badCities = (row: (email: string, city: string, x: string) => string) =>
  ['K\u00ff', 'K\u00fe', 'Bonn'].map((city, index) => row(`${'abc'[index]}@b.test`, city, 'x\u00ff')).join('')

describe('bytes that are not UTF-8 in a column that the query reads make their row one of bad_encoding,', () => {
  const csv = `email,city,x\n${badCities((...cells) => `${cells.join(',')}\n`)}`
  it.each([
    ['in.csv', csv],
    ['in.csv.gz', csv],
    ['in.csv', csv.replace('x\n', '"x\ny"\n')],
    ['in.jsonl', badCities((email, city) => `${JSON.stringify({ email, city })}\n`)],
  ])('in %s', async (name, text) => {
    await using bench = await Workbench.open()
    const bytes = Buffer.from(text, 'latin1')
    const path = await bench.write(name, name.endsWith('.gz') ? gzipSync(bytes) : bytes)
    const rejectsFile = bench.path('rejects.csv')
    const read = async (query: string) => {
      const from = { from: [path], query, emailColumn: 'email', limits: defaultLimits, signal, cwd: '/' }
      return bench.run((await openSource(from)).rows, { rejectsFile })
    }
    expect(await read("SELECT email FROM input WHERE city <> 'x'")).toMatchObject({
      hashes: [sha256('c@b.test')],
      received: 3,
      invalidByReason: { bad_encoding: 2 },
    })
    expect((await readFile(rejectsFile, 'utf8')).replaceAll(/^.*?([^-,]*,\d)/gm, '$1')).toBe(
      `file,row,result_row,reason,value\n${name},1,,bad_encoding,\n${name},2,,bad_encoding,\n`,
    )
    // Within an object, bytes have no column.
    const valid = name === 'in.jsonl' ? 1 : 3
    expect(await read('SELECT email FROM input')).toMatchObject({ valid })
  })
})

it.each([
  ['no column of that name', 'SELECT id FROM input', 'missing_email_column'],
  ['two columns of that name', 'SELECT email, email FROM input', 'missing_email_column'],
  ['a column of numbers', 'SELECT id AS email FROM input', 'query_failed'],
  ['a wrong name', 'SELECT email FROM inputs', 'query_failed'],
  ['broken SQL', 'SELEC email', 'query_failed'],
  ['nothing', ' -- nothing', 'query_failed'],
])('%s is a clear error', async (_, query, code) => {
  await using bench = await Workbench.open()
  await expect(ask(bench, query)).rejects.toMatchObject({ code })
})

it('that names a column which is not there says what to do about a title above the names', async () => {
  await using bench = await Workbench.open()
  await expect(ask(bench, 'SELECT mail AS email FROM input')).rejects.toThrow(
    /"mail" not found .* delete those lines\./,
  )
})

it.each([
  [
    'SELECT emial FROM input',
    /The query: column "emial" not found in the files\. .* Did you mean "email" or "total_spent"\?$/,
  ],
  ['SELECT i.email FROM input', /The query: table "i" not found\. Did you mean "input"\?$/],
  ['SELECT input.plan FROM input', /The query: column "plan" not found in "input"\.$/],
  [
    'SELECT email FROM input WHERE CAST(country AS INTEGER) = 1',
    /The query: a value of column "country" cannot be read as INTEGER\. .* use TRY_CAST\("country" AS INTEGER\)\.$/,
  ],
  [
    "SELECT email FROM input WHERE country::DATE > DATE '2024-01-31'",
    /The query: a value of column "country" cannot be read as DATE\. /,
  ],
  [
    "SELECT email FROM input WHERE CAST(email || ' to SMITH when casting from source column x' AS INTEGER) = 1",
    /The query: a value cannot be read as INTEGER\. To skip such values, use TRY_CAST\.$/,
  ],
  [
    "SELECT email FROM input WHERE strptime(country, '%Y') > DATE '2024-01-31'",
    /The query: a text does not match the format given to strptime\. Use try_strptime to /,
  ],
  [
    'SELECT error(email)::VARCHAR AS email FROM input',
    /The query: a function does not accept one of its values \(its text may quote rows and is not shown\)\.$/,
  ],
])('%s says why in words for people', async (query, message) => {
  await using bench = await Workbench.open()
  await expect(ask(bench, query)).rejects.toThrow(message)
})

it('never quotes a row in an error', async () => {
  await using bench = await Workbench.open()
  for (const query of [
    'SELECT email FROM input WHERE CAST(email AS INTEGER) = 1',
    'SELECT error(email)::VARCHAR AS email FROM input',
    "SELECT email FROM input WHERE strptime(email, '%Y') IS NULL",
    "SELECT error('an explicit cast moved to BERLIN, ' || email[1]) AS email FROM input",
    "SELECT email FROM input WHERE CAST(replace(email, '@', ' moved to BERLIN ') AS INTEGER) = 1",
    "SELECT nobody FROM input WHERE email = 'a@b.test'",
  ]) {
    const error: unknown = await ask(bench, query).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RollcallError)
    expect((error as RollcallError).message).not.toMatch(/@b.test|BERLIN/)
  }
})

describe('a query reaches nothing but its files:', () => {
  const secret = 'secret@b.test'
  it.each([
    "SELECT content AS email FROM read_text('SECRET')",
    "SELECT column0 AS email FROM read_csv('SECRET', header = false)",
    "SELECT * FROM 'SECRET'",
    "SELECT filename AS email FROM read_blob('SECRET')",
    "SELECT file AS email FROM glob('DIR/*')",
    "SELECT file AS email FROM glob('/etc/*')",
    "SELECT content AS email FROM read_text('/etc/passwd')",
    "SELECT content AS email FROM read_text('DIR/../../etc/passwd')",
    "SELECT content AS email FROM read_text('file:///etc/passwd')",
    "SELECT * FROM read_json('SECRET')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "SELECT * FROM 'https://127.0.0.1:9/x.csv'",
    "SELECT * FROM 's3://bucket/x.csv'",
    "SELECT getenv('HOME') AS email",
    'SELECT name AS email FROM (SHOW TABLES)',
    'SELECT name AS email FROM (SHOW ALL TABLES)',
    "SELECT Columns::VARCHAR AS email FROM sniff_csv('SECRET')",
    "SELECT * FROM query('SELECT content AS email FROM read_text(''SECRET'')')",
    "SELECT email FROM input); COPY input TO 'DIR/out.csv' --",
    "SELECT email FROM input) TO 'DIR/out.csv'; --",
    'SELECT email FROM input; SELECT email FROM input',
    "SELECT email FROM input; COPY input TO 'DIR/out.csv'",
    "COPY input TO 'DIR/out.csv'",
    "COPY (SELECT email FROM input) TO 'DIR/out.csv'",
    "EXPORT DATABASE 'DIR/out'",
    "ATTACH 'DIR/out.db'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'RESET lock_configuration',
    "SET allowed_directories = ['/']",
    'PRAGMA database_list',
    'CALL enable_logging()',
    'SELECT write_log(email) AS email FROM input',
    "SELECT (SELECT content FROM read_text('SECRET')) AS email",
    "SELECT email FROM input WHERE email IN (SELECT 'a@b.test' FROM enable_logging())",
    'WITH x AS (SELECT * FROM duckdb_settings()) SELECT value AS email FROM x',
    "SELECT 'a@b.test' AS email FROM enable_logging(storage = 'file', storage_config = {'path': 'DIR/out'})",
    'CREATE TABLE email AS SELECT 1',
    'DELETE FROM input',
  ])('%s', async (query) => {
    await using bench = await Workbench.open()
    const dir = join(bench.dir, 'private')
    await mkdir(dir)
    await writeFile(join(dir, 'secret.csv'), `email\n${secret}\n`)
    const before = await allFiles(dir)
    const text = query.replaceAll('SECRET', join(dir, 'secret.csv')).replaceAll('DIR', dir)
    await expect(ask(bench, text)).rejects.toMatchObject({ code: 'query_failed' })
    expect(await allFiles(dir)).toEqual(before)
  })
})

it('says why its rows cannot be listed as it says why they cannot be staged', async () => {
  await using bench = await Workbench.open()
  const query = 'SELECT CAST(CAST(email AS INTEGER) AS VARCHAR) AS email FROM input'
  const rows = { ...(await filesOf('csv', [await bench.write('in.csv', CSV)], { columns: COLUMNS })), query }
  const options = { limits: defaultLimits, tempDir: bench.dir, signal: new AbortController().signal }
  const list = async () => {
    for await (const { records } of queryParts(rows, { ...options, onBytes: () => undefined }))
      for await (const values of records) void values
  }
  const staged = await bench.prepare(rows).catch((error: unknown) => error)
  expect(staged).toMatchObject({ code: 'query_failed' })
  await expect(list()).rejects.toThrow(asRollcallError(staged).message)
})

it.each([
  ['in.csv.gz', gzipSync(CSV)],
  ['in.jsonl', '{"email":"a@b.test"}\n{"email":"b@b.test"}\n'],
])('tells how much of %s was loaded for it, before it has made a row', async (name, content) => {
  await using bench = await Workbench.open()
  const { rows } = await openSource({
    from: [await bench.write(name, content)],
    query: 'SELECT email FROM input',
    emailColumn: 'email',
    limits: defaultLimits,
    signal,
    cwd: '/',
  })
  const told: unknown[] = []
  await bench.prepare(rows, { onProgress: (progress) => told.push(progress) })
  expect(told[0]).toEqual({ rows: 0, share: 0.8 })
})
