import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { ask, first, ids, where } from './ask.ts'

queriesRunHere()

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
    ["list_filter([x], v -> v > '50') <> []", ['150', '60', 'n/a'], `Write ${double} > 50 instead`],
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
    [
      "x >= '01.01.2022'",
      ['31.12.2024', '01.02.2020'],
      `Write try_strptime("x", '%d.%m.%Y') >= DATE '2022-01-01'`,
    ],
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
    ...[
      first('(x, email) DESC'),
      first("{'x': x} DESC"),
      first('[x]'),
      first('MAP {1: x}'),
      first("COLUMNS('x')"),
      first('x COLLATE NOCASE'),
      first('[x][1]'),
      first("({'k': x}).k"),
      first('try(x)'),
      first('input'),
      'SELECT i.email FROM input i ORDER BY i LIMIT 1',
      "SELECT max({'x': x, 'email': email}).email AS email FROM input",
      'SELECT max_by(email, (x, 1)) AS email FROM input',
      'WITH c AS (SELECT email, (x, email) AS k FROM input) SELECT email FROM c ORDER BY k LIMIT 1',
      where('x = (SELECT max(k) FROM unnest([x]) t(k))'),
      where('x = (SELECT max(k) FROM (SELECT unnest([x]) AS k))'),
      'SELECT email FROM input WHERE x = list_reduce([x, x], (a, b) -> CASE WHEN a > b THEN a ELSE b END)',
      where("list_filter([x], v -> v > '5' || '0') <> []"),
      where("list_transform([x], v -> v)[1] > '5' || '0'"),
      where('list_max([x, x]) = x'),
      'SELECT email FROM input QUALIFY row_number() OVER (ORDER BY (x, email)) = 1',
    ].map((query): [string, readonly string[], string] => [query, dirty, double]),
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
