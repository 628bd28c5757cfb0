import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { ask, ids, where } from './ask.ts'

queriesRunHere()

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

/** What a query finds in a column that looks like numbers for very many rows, and has one more value. */
async function askWithLast(last: string, condition: string): Promise<string[]> {
  const rows = Array.from({ length: 1_100 }, (_, index) => `${index}@b.test,${index}\n`)
  return ask({ 'in.csv': `email,x\n0.5@b.test,0.5\n${rows.join('')}last@b.test,${last}\n` }, where(condition))
}

describe('the last row tells, after very many that look like numbers,', () => {
  it('whether they are', async () => {
    expect(await askWithLast('1.5', 'x > 1098')).toEqual(['1099@b.test'])
    for (const last of ['1.0', '-0', 'inf', 'nan', '1e3'])
      await expect(askWithLast(last, 'x > 1098'), last).rejects.toMatchObject({ code: 'query_failed' })
  })

  it('whether whole ones have more than eighteen digits', async () => {
    const rows = Array.from({ length: 1_100 }, (_, index) => `${index}@b.test,${index}\n`)
    const typed = async (last: string) =>
      ask(
        { 'in.csv': `email,x\n${rows.join('')}last@b.test,${last}\n` },
        where(`x = '${last}' AND typeof(x) = 'BIGINT'`),
      )
    expect(await typed('9'.repeat(18))).toEqual(['last@b.test'])
    expect(await typed(`1${'0'.repeat(18)}`)).toEqual([])
  })
})

it('of columns with one name, each one after the first has the next number', async () => {
  expect(await ask({ 'in.csv': 'email,x,x,x\na@b.test,1,2,3\n' }, where('x_1 = 2 AND x_2 = 3'))).toEqual([
    'a@b.test',
  ])
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
    ["x = '00' || '7'", numbers, []],
    ["NOT x = '7.' || '4'", numbers, ['a', 'b', 'c']],
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
    "SELECT email FROM input, unnest(['007']) t(k) WHERE x = k",
    "SELECT email FROM input, unnest(['007']) t WHERE x = unnest",
    "SELECT email FROM input, (SELECT unnest(['007']) AS k) t WHERE x = k",
    "SELECT input.email FROM input NATURAL JOIN (VALUES ('007')) t(x)",
    "SELECT input.email FROM input NATURAL JOIN (SELECT '007' AS x) t",
    "SELECT email FROM input WHERE x = ['007'][1]",
    "SELECT email FROM input WHERE x = list_extract(['007'], 1)",
    "SELECT email FROM input WHERE x = ({'k': '007'}).k",
    "SELECT email FROM input WHERE x = map_values(MAP {1: '007'})[1]",
    "SELECT email FROM input WHERE x = '007' COLLATE NOCASE",
    "SELECT email FROM input WHERE len(list_filter(['007'], k -> k = x)) = 1",
    "SELECT email FROM input WHERE len(list_filter([x], k -> k = '007')) = 1",
    "SELECT email FROM input WHERE len([k for k in ['007'] if k = x]) = 1",
    "SELECT email FROM input WHERE x = ANY(['007', '010'])",
    "SELECT email FROM input WHERE x IN ['007', '010']",
    "SELECT email FROM input WHERE list_contains(['007', '010'], x)",
    "SELECT email FROM input WHERE list_has_any(['007', '010'], [x])",
    "SELECT email FROM input WHERE (x, 1) = ('007', 1)",
    "SELECT email FROM input WHERE (x, email) IN (('007', 'a@b.test'), ('010', 'b@b.test'))",
    "SELECT email FROM input WHERE (x, email) IN (SELECT '007', 'a@b.test')",
    "SELECT email FROM input WHERE try(x) = '007'",
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
    ["x >= '7.4'", ['7', '10', '-1'], ['b']],
    ["x >= '2024-01-05 12:00:00'", ['2024-01-05', '2024-01-06'], ['b']],
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
