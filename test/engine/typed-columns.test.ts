import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { runQueriesHere } from '../../src/engine/child/here.ts'
import type { QueriedRows } from '../../src/engine/duckdb/locked-query.ts'
import { queryParts } from '../../src/engine/duckdb/query.ts'
import { openSource } from '../../src/source/open-source.ts'
import { Workbench } from './workbench.ts'

runQueriesHere()

const { signal } = new AbortController()

/** What a query gives over files of these names and contents, sorted. */
async function ask(
  files: Readonly<Record<string, string>>,
  query: string,
  emailColumn = 'email',
): Promise<string[]> {
  await using bench = await Workbench.open()
  const dir = bench.path('files')
  await mkdir(dir)
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const options = { query, emailColumn, limits: defaultLimits, signal, cwd: dir }
  const { rows } = await openSource({ ...options, from: Object.keys(files) })
  const place = { limits: defaultLimits, signal, tempDir: join(bench.dir, 'temp'), onBytes: () => undefined }
  const values: unknown[] = []
  for await (const { file, records } of queryParts(rows as QueriedRows, place))
    if (file === '') for await (const batch of records) values.push(...batch)
  return values.map(String).toSorted()
}

const ids = (...values: string[]) =>
  `email,x\n${values.map((x, index) => `${'abcdefghijklmnop'[index]}@b.test,${x}\n`).join('')}`
const jsonOf = (...values: unknown[]) =>
  values.map((x, index) => `${JSON.stringify({ email: `${'ab'[index]}@b.test`, x })}\n`).join('')
const first = (order: string) => `SELECT email FROM input ORDER BY ${order} LIMIT 1`
const joined = (other: string) => `SELECT email FROM input ${other}`
const where = (condition: string) => `SELECT email FROM input WHERE ${condition}`

describe('different texts are never equal:', () => {
  it.each([
    ['12345678901234567890123', ['12345678901234567890123', '12345678901234567890124']],
    ['1E5', ['1E5', '100000']],
    ['T', ['T', 'true', 't']],
    ['1.50', ['1.50', '1.5']],
    ['007', ['007', '7']],
    ['+5', ['+5', '5']],
    ['2024-1-5', ['2024-1-5', '2024-01-05']],
  ])('%s', async (wanted, values) => {
    expect(await ask({ 'in.csv': ids(...values) }, where(`x = '${wanted}'`))).toEqual(['a@b.test'])
  })
})

describe('all rows tell the type of a column,', () => {
  it.each(['007', '7.0', 'seven'])('the last one as well: %s', async (last) => {
    const numbers = Array.from({ length: 3_000 }, (_, index) => `${index}@b.test,${index}\n`)
    const text = `email,x\n${numbers.join('')}last@b.test,${last}\n`
    expect(await ask({ 'in.csv': text }, where("x = '7'"))).toEqual(['7@b.test'])
    expect(await ask({ 'in.csv': text }, where(`x = '${last}'`))).toEqual(['last@b.test'])
  })
})

it('the column of addresses is text, whatever its values look like', async () => {
  expect(await ask({ 'in.csv': 'email,x\n007,1\n8,2\n' }, where('true'))).toEqual(['007', '8'])
  expect(await ask({ 'in.csv': 'email,x\n7,1\n8,2\n' }, where("email = '7'"))).toEqual(['7'])
  expect(await ask({ 'in.csv': 'E-Mail,x\n7,1\n8,2\n' }, 'SELECT "E-Mail" FROM input', 'e-mail')).toEqual([
    '7',
    '8',
  ])
})

describe('a text finds itself alone, also where all values are written as a type:', () => {
  const numbers = ['7', '10', '-1']
  const decimals = ['1.50', '7.00', '10.25']
  const dates = ['2024-01-05', '2023-12-31']
  const times = ['2024-01-05 00:00:00', '2023-12-31 10:30:00']
  it.each<[string, readonly string[], string[]]>([
    ["x = '007'", numbers, []],
    ["'+7' = x", numbers, []],
    ["x = ' 7'", numbers, []],
    ["x = '7.0'", numbers, []],
    ["x = '7.4'", numbers, []],
    ["x = '0x7'", numbers, []],
    ["x = '7'", numbers, ['a']],
    ["x = 'unknown'", numbers, []],
    ["x <> '007'", numbers, ['a', 'b', 'c']],
    ["x IN ('007', '10')", numbers, ['b']],
    ["x NOT IN ('007', '10')", numbers, ['a', 'c']],
    ["x IN (SELECT '007')", numbers, []],
    ["x = (SELECT '007')", numbers, []],
    ["x IS NOT DISTINCT FROM '007'", numbers, []],
    ["nullif(x, '007') IS NULL", numbers, []],
    ["coalesce(x, '') = '007'", numbers, []],
    ["CASE x WHEN '007' THEN true ELSE false END", numbers, []],
    ["x = '007' OR length(x) = 2", numbers, ['b', 'c']],
    ["x = '1.5'", decimals, []],
    ["x = '1.500'", decimals, []],
    ["x = '1.50'", decimals, ['a']],
    ["x = '7'", decimals, []],
    ["x = '1.50'", ['1.5', '100'], []],
    ["x = '1.5'", ['1.5', '100'], ['a']],
    ["x = '2024-1-5'", dates, []],
    ["x = '2024-01-05'", dates, ['a']],
    ["x = '2024-01-05 00:00:00'", dates, []],
    ["x = '2024-01-05'", times, []],
    ["x = '2024-01-05T00:00:00'", times, []],
    ["x = '2024-01-05 00:00:00'", times, ['a']],
    ["x = '10:30'", ['10:30:00', '11:00:00'], []],
    ["x = 'TRUE'", ['true', 'false'], []],
    ["x = 't'", ['true', 'false'], []],
    ["x = '1'", ['true', 'false'], []],
    ["x = 'true'", ['true', 'false'], ['a']],
  ])('%s', async (condition, values, found) => {
    expect(await ask({ 'in.csv': ids(...values) }, where(condition))).toEqual(
      found.map((id) => `${id}@b.test`),
    )
  })

  it.each([
    "WITH c AS (SELECT email, x AS k FROM input) SELECT email FROM c WHERE k = '007'",
    "WITH c(email, k) AS (SELECT email, x FROM input) SELECT email FROM c WHERE k = '007'",
    "SELECT email FROM (SELECT * FROM input) t(email, k) WHERE k = '007'",
    "SELECT email FROM (SELECT * RENAME (x AS k) FROM input) WHERE k = '007'",
    "SELECT input.email FROM input JOIN (SELECT '007' AS x) other USING (x)",
    "SELECT input.email FROM input JOIN (VALUES ('007')) other(k) ON x = k",
    "SELECT email FROM input WHERE EXISTS (SELECT 1 FROM (VALUES ('007')) q(k) WHERE k = x)",
    "SELECT email FROM input GROUP BY email HAVING any_value(x) = '007'",
  ])('%s', async (query) => {
    expect(await ask({ 'in.csv': ids('7', '10') }, query)).toEqual([])
  })

  it('and columns are compared with each other as they are written', async () => {
    const text = 'email,x,y\na@b.test,7,007\nb@b.test,8,8\n'
    expect(await ask({ 'in.csv': text }, where('x = y'))).toEqual(['b@b.test'])
    expect(await ask({ 'in.csv': text }, where('x = email'))).toEqual([])
  })

  it('while numbers find numbers, and other columns keep their types', async () => {
    const text = 'email,x,n\na@b.test,7,9\nb@b.test,8,10\n'
    expect(await ask({ 'in.csv': text }, where("x <> '007' AND n > 9"))).toEqual(['b@b.test'])
    expect(await ask({ 'in.csv': text }, where('x = 7.0'))).toEqual(['a@b.test'])
    expect(await ask({ 'in.csv': text }, where("x LIKE '7%' AND n < 10"))).toEqual(['a@b.test'])
    expect(
      await ask(
        { 'in.csv': text },
        where("list_contains(list_filter(['vip'], v -> v = 'vip'), 'vip') AND n > 9"),
      ),
    ).toEqual(['b@b.test'])
  })

  it.each([
    ["x >= '007'", ['7', '10', '-1'], ['a', 'b']],
    ["x BETWEEN '007' AND '7.0'", ['7', '10', '-1'], ['a']],
    ["x < '2024-1-5'", ['2024-01-05', '2023-12-31'], ['b']],
    ["x >= '7'", ['1.50', '7.00', '10.25'], ['b', 'c']],
    ["x IN (7, '10')", ['7', '10', '-1'], ['a', 'b']],
  ])(
    'texts are read as the type where they stand for a place in its order, or are written as it is: %s',
    async (condition, values, found) => {
      expect(await ask({ 'in.csv': ids(...values) }, where(condition))).toEqual(
        found.map((id) => `${id}@b.test`),
      )
    },
  )

  it('a column that is needed as numbers is not compared with another spelling', async () => {
    await expect(ask({ 'in.csv': ids('7', '10') }, where("x = '007' OR x + 1 > 8"))).rejects.toMatchObject({
      code: 'query_failed',
    })
  })
})

describe('a text is never rounded to a number that it is compared with:', () => {
  const mixed = ['1', '0.6', '0.44']
  const spelled = ['12', '12.0', '012', '1.2e1']
  it.each<[string, readonly string[], string[]]>([
    ['x = 1', mixed, ['a']],
    ['1 = x', mixed, ['a']],
    ['x <> 0', mixed, ['a', 'b', 'c']],
    ['x = 0.4', mixed, []],
    ['x = 0.6', mixed, ['b']],
    ['x IN (0, 1)', mixed, ['a']],
    ['x NOT IN (0, 1)', mixed, ['b', 'c']],
    ['x IN (SELECT 1)', mixed, ['a']],
    ['x = (SELECT 0)', mixed, []],
    ['x = ANY(SELECT k FROM range(2) t(k))', mixed, ['a']],
    ['x IS DISTINCT FROM 0', mixed, ['a', 'b', 'c']],
    ['x IS NOT DISTINCT FROM 0', mixed, []],
    ['CASE x WHEN 1 THEN true ELSE false END', mixed, ['a']],
    ['nullif(x, 0) IS NULL', mixed, []],
    ['(x, 1) = (1, 1)', mixed, ['a']],
    ['(x, 1) IN ((1, 1), (0, 1))', mixed, ['a']],
    ['[x] = [1]', mixed, ['a']],
    ["{'x': x} = {'x': 1}", mixed, ['a']],
    ['list_contains([0, 1], x)', mixed, ['a']],
    ['list_filter([0, 1], v -> v = x) <> []', mixed, ['a']],
    ['x = length(email) - 7', mixed, ['a']],
    ['EXISTS (SELECT 1 FROM range(2) t(k) WHERE k = x)', mixed, ['a']],
    ["x = 1 AND email = 'a@b.test'", mixed, ['a']],
    ["x = DATE '2024-01-31'", ['2024-01-31', '2024-01-30'], ['a']],
    ["x = TIMESTAMP '2024-01-31 00:00:00'", ['2024-01-31', '2024-01-30'], ['a']],
    ['x = true', ['true', 'false'], ['a']],
    ["x IN (12, '13.4')", ['12', '13'], ['a']],
    ['x = 1e0 AND x <> 1e300', mixed, ['a']],
    ['x <> 12345678901234567890123 AND x <> 9007199254740993', mixed, ['a', 'b', 'c']],
    [`x = 1 AND email NOT IN ('1e0', '{"number":"7"}', '\\"')`, ['1', '2'], ['a']],
    ['TRY_CAST(x AS DOUBLE) = 12', spelled, ['a', 'b', 'c', 'd']],
    ["CAST(x AS VARCHAR) = '12'", spelled, ['a']],
  ])('%s', async (condition, values, found) => {
    expect(await ask({ 'in.csv': ids(...values) }, where(condition))).toEqual(
      found.map((id) => `${id}@b.test`),
    )
  })

  it.each([
    ['SELECT email FROM input JOIN range(2) t(k) ON x = k', ['a@b.test']],
    ['SELECT email FROM input JOIN range(2) t(x) USING (x)', ['a@b.test']],
    ['SELECT email FROM input NATURAL JOIN range(2) t(x)', ['a@b.test']],
    ['SELECT email FROM input SEMI JOIN range(2) t(x) USING (x)', ['a@b.test']],
    ['SELECT email FROM input ANTI JOIN range(2) t(x) USING (x)', ['b@b.test']],
    ['SELECT i.email FROM input i LEFT JOIN input o USING (email) WHERE o.x = 1', ['a@b.test']],
    ['WITH c AS (SELECT email, x AS k FROM input) SELECT email FROM c WHERE k = 1', ['a@b.test']],
    ['SELECT email FROM input GROUP BY email HAVING max(x) = 1', ['a@b.test']],
    ['SELECT email FROM input TABLESAMPLE 100% WHERE x = 1', ['a@b.test']],
    ['SELECT DISTINCT ON (x = 1) email FROM input WHERE x IN (1)', ['a@b.test']],
  ])('%s', async (query, found) => {
    const files = { 'a.csv': ids('1'), 'b.csv': 'email,x\nb@b.test,0.6\n' }
    expect(await ask(files, query)).toEqual(found)
    expect(await ask({ 'in.jsonl': jsonOf(1, 0.6) }, query)).toEqual(found)
  })

  it.each<[string, readonly string[]]>([
    [where('x = 12'), spelled],
    [where('x <> 12'), spelled],
    [where('x IN (12, 13)'), spelled],
    [where('x IN (SELECT 12)'), spelled],
    [where('x NOT IN (12)'), spelled],
    [where('x = (SELECT 12)'), spelled],
    [where('x IS DISTINCT FROM 12'), spelled],
    [where('nullif(x, 12) IS NULL'), spelled],
    [where('CASE x WHEN 12 THEN true ELSE false END'), spelled],
    [where("(x, email) = (12, 'a')"), spelled],
    [where('[x] = [12]'), spelled],
    [where('x = 12.5'), spelled],
    [where('x = length(email)'), spelled],
    [where("x = 12 OR x = '012'"), ['12', '13']],
    [where("x IN (12, '013')"), ['12', '13']],
    [where("x = 1 AND concat(x, '') = '1'"), ['1', '0.6', 'n/a']],
    [joined('JOIN range(20) t(k) ON x = k'), spelled],
    [joined('JOIN range(20) t(x) USING (x)'), spelled],
    [joined('NATURAL JOIN range(20) t(x)'), spelled],
    [where("x = DATE '2024-01-31'"), ['2024-01-31 23:00:00', '2024-1-5']],
    [where("x = TIMESTAMP '2024-01-31 00:00:00'"), ['2024-01-31', '2024-1-5']],
    [where('x = true'), ['true', 't', 'yes']],
    [where("x = '00' || '7'"), ['7', '10']],
    [where("NOT x = '7.' || '4'"), ['7', '10']],
  ])('where not all values are plain ones, it is refused with what to write: %s', async (query, values) => {
    await expect(ask({ 'in.csv': ids(...values) }, query)).rejects.toMatchObject({
      code: 'query_failed',
      data: {
        detail: expect.stringMatching(/CAST\((?:column|"x") AS DOUBLE\).*CAST\((?:column|"x") AS VARCHAR\)/),
      },
    })
  })
})

describe('a text that stands for a place among numbers or dates', () => {
  it.each<[string, readonly string[], string[]]>([
    ["x >= '50'", ['150.5', '60', '7'], ['a', 'b']],
    ["x >= '7.4'", ['7', '8'], ['b']],
    ["'7.45' <= x", ['7.5', '7.4'], ['a']],
    ["x > '2024-01-05 10:00:00'", ['2024-01-05', '2024-01-06'], ['b']],
    ["x BETWEEN '10000' AND '19999'", ['01067', '10115', '80331'], ['b']],
    ["x >= '2024-01-01'", ['2024-01-01T00:30:00+02:00', '2023-12-31T23:59:00Z', '""'], ['a']],
    ["x >= '50'", ['', ''], []],
    ["CAST(x AS VARCHAR) >= '50'", ['60', '7', 'n/a'], ['a', 'b', 'c']],
    ["x >= 'K'", ['A1', 'M2', '7'], ['b']],
  ])('is compared as one, or by letters that have the same order: %s', async (condition, values, found) => {
    expect(await ask({ 'in.csv': ids(...values) }, where(condition))).toEqual(
      found.map((id) => `${id}@b.test`),
    )
  })

  const double = 'TRY_CAST("x" AS DOUBLE)'
  it.each<[string, readonly string[], string]>([
    ["x >= '50'", ['150', '60', 'n/a'], `Write ${double} >= 50 instead`],
    ["NOT x >= '50'", ['150', '60', 'n/a'], `Write ${double} < 50 instead`],
    ["'50' < x", ['150', '60', 'n/a'], `Write ${double} > 50 instead`],
    ["x BETWEEN '50' AND '70'", ['150', '60', 'n/a'], `Write ${double} >= 50 instead`],
    ["x < '50'", ['60', '""'], `Write ${double} < 50 instead`],
    ["x >= '50'", ['150', '060'], `Write ${double} >= 50 instead`],
    ["x = '007' OR x >= '50'", ['150', '60'], `Write ${double} >= 50 instead`],
    ["x >= '50'", ['"7,01"', '"150,00"'], `Write TRY_CAST(replace("x", ',', '.') AS DOUBLE) >= 50 instead`],
    [
      "x >= '2022-01-01'",
      ['31/12/2024', '01/02/2020', ''],
      `Write try_strptime("x", '%d/%m/%Y') >= DATE '2022-01-01' instead`,
    ],
    [
      "x >= '2022-01-01 10:00'",
      ['12/31/2024 9:05'],
      `Write try_strptime("x", '%m/%d/%Y %H:%M') >= TIMESTAMP '2022-01-01 10:00' instead`,
    ],
    ["x >= '01.01.2022'", ['31.12.2024', '01.02.2020'], `Write try_strptime("x", '%d.%m.%Y') >= DATE `],
    [
      "x >= '2022-01-01'",
      ['2024-12-31', 'never'],
      `Write TRY_CAST("x" AS TIMESTAMP) >= DATE '2022-01-01' instead`,
    ],
  ])(
    'is refused where letters have another order, with what to write: %s',
    async (condition, values, advice) => {
      const queries = [
        where(condition),
        `WITH c(email, x) AS (SELECT email, x FROM input) ${where(condition).replace('input', 'c')}`,
      ]
      for (const query of queries)
        await expect(ask({ 'in.csv': ids(...values) }, query)).rejects.toMatchObject({
          code: 'query_failed',
          data: { detail: expect.stringContaining(advice) },
        })
    },
  )
})

describe('rows that are chosen by the order of a column', () => {
  const dirty = ['9', '150', '60', 'n/a']
  const double = 'TRY_CAST("x" AS DOUBLE)'

  it.each<[string, readonly string[], string]>([
    [first('x DESC'), dirty, double],
    [first('x'), ['9', '150', '""'], double],
    [first('x'), ['007', '7', '10'], double],
    [first('x'), ['"9,50"', '"150,00"'], `TRY_CAST(replace("x", ',', '.') AS DOUBLE)`],
    [first('x'), ['"1,250.00"', '9.50'], double],
    [first('x DESC'), ['31/12/2024', '01/02/2025'], `try_strptime("x", '%d/%m/%Y')`],
    [first('x DESC'), ['2024-01-31', '2024-01-31', 'never'], 'TRY_CAST("x" AS TIMESTAMP)'],
    [first('coalesce(x, email) DESC'), dirty, double],
    [first("CASE WHEN email > 'b' THEN x ELSE '0' END"), dirty, double],
    ['SELECT email, x FROM input ORDER BY 2 DESC LIMIT 1', dirty, double],
    ['SELECT email, x AS k FROM input ORDER BY k LIMIT 1', dirty, double],
    ['SELECT email, x FROM input ORDER BY ALL LIMIT 1', dirty, double],
    ['SELECT * FROM input ORDER BY 2 LIMIT 1', dirty, double],
    ['SELECT email FROM input ORDER BY x LIMIT 10%', dirty, double],
    ['SELECT DISTINCT ON (email) email FROM input ORDER BY email, x', dirty, double],
    ['SELECT email FROM (SELECT email, x FROM input ORDER BY x) LIMIT 1', dirty, double],
    ['WITH c AS (SELECT email, x AS k FROM input) SELECT email FROM c ORDER BY k LIMIT 1', dirty, double],
    [
      'WITH c(e, k) AS (SELECT email, x FROM input) SELECT e AS email FROM c ORDER BY k LIMIT 1',
      dirty,
      double,
    ],
    ['SELECT email FROM input QUALIFY row_number() OVER (ORDER BY x) = 1', dirty, double],
    ['SELECT first(email ORDER BY x) AS email FROM input', dirty, double],
    ['SELECT arg_max(email, x) AS email FROM input', dirty, double],
    ['SELECT email FROM input GROUP BY email HAVING max(x) = min(x)', dirty, double],
    ['SELECT email FROM input GROUP BY email HAVING x.max() = x.min()', dirty, double],
    [where('x = (SELECT max(x) FROM input)'), dirty, double],
    [where("greatest(x, '50') = x"), dirty, double],
    [where('list_sort([x, x])[1] = x'), dirty, double],
    [where("x > '5' || '0'"), dirty, double],
    [where('x > ALL (SELECT x FROM input)'), dirty, double],
    [where("(x, email) > (x, 'a')"), dirty, double],
    [where('x >= 50'), dirty, double],
    ["SELECT email FROM input GROUP BY email HAVING max(x) = '007'", ['7', '10'], double],
    ["SELECT email FROM input WHERE x = '9.0' ORDER BY x LIMIT 1", ['9', '150'], double],
    ['SELECT a.email FROM input a JOIN input b ON a.x > b.x', dirty, double],
    ['SELECT email FROM input UNION ALL (SELECT email FROM input ORDER BY x LIMIT 1)', dirty, double],
  ])(
    'is refused where letters have another order than its numbers or dates: %s',
    async (query, values, advice) => {
      await expect(ask({ 'in.csv': ids(...values) }, query)).rejects.toMatchObject({
        code: 'query_failed',
        data: { detail: expect.stringContaining(`Write ${advice} instead of "x"`) },
      })
    },
  )

  const computed = 'TRY_CAST(x AS DOUBLE)'
  it.each<[string, readonly string[], string[]]>([
    [first(`${computed} DESC`), dirty, ['b']],
    [first('CAST(x AS VARCHAR) DESC'), dirty, ['d']],
    [`SELECT email, ${computed} AS x FROM input ORDER BY x LIMIT 1`, dirty, ['a']],
    [
      `WITH c AS (SELECT email, ${computed} AS x FROM input) ${where('x > 60').replace('input', 'c')}`,
      dirty,
      ['b'],
    ],
    [`SELECT email FROM (SELECT * REPLACE (${computed} AS x) FROM input) ORDER BY x LIMIT 1`, dirty, ['a']],
    [`SELECT email FROM (SELECT * EXCLUDE x, ${computed} AS x FROM input) ORDER BY x LIMIT 1`, dirty, ['a']],
    ['SELECT email FROM input ORDER BY x', dirty, ['a', 'b', 'c', 'd']],
    ['SELECT DISTINCT email, x FROM input ORDER BY x', dirty, ['a', 'b', 'c', 'd']],
    [first('x'), ['10115', '01067', '80331'], ['b']],
    [first('x'), ['1.50', '1.5', '1.25'], ['c']],
    [first('x DESC'), ['2024-01-31', '2024-01-31 10:00:00'], ['b']],
    [first('x'), ['Bonn', 'Aachen', 'Ulm'], ['b']],
    [first('x'), '7 Aa Bb Cc Dd Ee Ff Gg Hh Ii Jj Kk'.split(' '), ['a']],
    [first('email'), dirty, ['a']],
    [where('x > y'), [`9,10`, `150.5,60`, '2.25,10.5'], ['b']],
    [where('x = y') + ' ORDER BY x LIMIT 9', ['7,007', '8,8'], ['b']],
  ])('is that of its values, or that of letters where these are meant: %s', async (query, values, found) => {
    const text = ids(...values).replace('email,x', query.includes('y') ? 'email,x,y' : 'email,x')
    expect(await ask({ 'in.csv': text }, query)).toEqual(found.map((id) => `${id}@b.test`))
  })
})

describe('a column of', () => {
  it.each([
    ['whole numbers', ['9', '10', '-1'], 'x > 9', ['b@b.test']],
    ['decimals of one length', ['9.50', '10.25'], 'x > 9.5', ['b@b.test']],
    ['numbers of different lengths', ['9', '10.5', '100'], 'x > 9', ['b@b.test', 'c@b.test']],
    ['ISO dates', ['2024-01-31', '2023-12-31'], "x >= DATE '2024-01-01'", ['a@b.test']],
    ['true and false', ['true', 'false'], 'x', ['a@b.test']],
    ['other dates', ['31/12/2024', '01/02/2025'], "x = '31/12/2024'", ['a@b.test']],
  ])('%s is what it says', async (_, values, condition, found) => {
    expect(await ask({ 'in.csv': ids(...values) }, where(condition))).toEqual(found)
  })

  it('dates in another form loses no row when it is put in order', async () => {
    const text = ids('31/12/2024', '01/02/2025', '', 'never')
    expect(await ask({ 'in.csv': text }, 'SELECT DISTINCT email, x FROM input ORDER BY x')).toHaveLength(4)
  })
})

describe('a column without values compares with anything:', () => {
  it.each(['x >= 50', "x = 'a'", "x > DATE '2024-01-01'", 'year(x) = 2024', 'lower(x) = x', 'x + 1 > 2'])(
    '%s',
    async (condition) => {
      expect(await ask({ 'a.csv': 'email,x\n' }, where(condition))).toEqual([])
      expect(await ask({ 'a.csv': ids('', '') }, where(condition))).toEqual([])
    },
  )

  it('and takes its type from the files that have values, in any order', async () => {
    const [full, empty, header] = [ids('50', '49'), ids('', ''), 'email,x\n']
    const query = where('x >= 50')
    expect(await ask({ 'a.csv': full, 'b.csv': empty, 'c.csv': header }, query)).toEqual(['a@b.test'])
    expect(await ask({ 'a.csv': header, 'b.csv': empty, 'c.csv': full }, query)).toEqual(['a@b.test'])
  })
})

it('a quoted empty value is an empty text, and one without marks is none', async () => {
  const text = 'email,x\na@b.test,""\nb@b.test,\n'
  expect(await ask({ 'in.csv': text }, where("x = ''"))).toEqual(['a@b.test'])
  expect(await ask({ 'in.csv': text }, where('x IS NULL'))).toEqual(['b@b.test'])
})

it('numbers are put in order as numbers, also those of different lengths', async () => {
  const text = ids('9', '10.5', '100')
  expect(await ask({ 'in.csv': text }, 'SELECT email FROM input ORDER BY x DESC LIMIT 1')).toEqual([
    'c@b.test',
  ])
})

it('values of JSON are texts as they stand in the file', async () => {
  const text =
    '{"email":"a@b.test","x":1.50}\n{"email":"b@b.test","x":1.5}\n{"email":"c@b.test","x":{"City":"Bonn","city":1}}\n'
  expect(await ask({ 'in.jsonl': text }, where("x = '1.50'"))).toEqual(['a@b.test'])
  expect(await ask({ 'in.jsonl': text }, where("try(x->>'City') = 'Bonn'"))).toEqual(['c@b.test'])
})

it('rows of a query name the table input alone', async () => {
  for (const from of ['information_schema.tables', 'duckdb_tables', 'rows_1'])
    await expect(
      ask({ 'in.csv': ids('1') }, `SELECT table_name AS email FROM ${from}`),
    ).rejects.toMatchObject({
      code: 'query_failed',
    })
})
