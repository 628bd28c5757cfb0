import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { ask, ids, joined, jsonOf, where } from './ask.ts'

queriesRunHere()

/** What a condition finds, or the code of the error that refuses it. */
async function outcome(files: Readonly<Record<string, string>>, condition: string): Promise<unknown> {
  try {
    return await ask(files, where(condition))
  } catch (error) {
    return Object(error).code
  }
}

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
    ['SELECT DISTINCT ON (x = 1) email FROM input WHERE x IN (1)', ['a@b.test']],
  ])('%s', async (query, found) => {
    const files = { 'a.csv': ids('1'), 'b.csv': 'email,x\nb@b.test,0.6\n' }
    expect(await ask(files, query)).toEqual(found)
    expect(await ask({ 'in.jsonl': jsonOf(1, 0.6) }, query)).toEqual(found)
  })

  const large = ['9007199254740993', '9007199254740992', '9007199254740991']
  const amounts = ['30', '31', '1200']
  it.each<[string, readonly string[], string[] | 'query_failed']>([
    ['x = 9007199254740993e0', large, 'query_failed'],
    ['x > 9007199254740992e0', large, 'query_failed'],
    ['x IN (9007199254740993e0, 1)', large, 'query_failed'],
    ['x = (SELECT avg(x) FROM input WHERE x = 9007199254740993)', large, 'query_failed'],
    ['x IN (SELECT avg(x) FROM input GROUP BY x)', large, 'query_failed'],
    ['EXISTS (SELECT 1 FROM (SELECT avg(x) AS m FROM input) t WHERE t.m = input.x)', large, 'query_failed'],
    ['list_contains([1e0, 9007199254740992e0], x)', large, 'query_failed'],
    ['[x] = [9007199254740992e0]', large, 'query_failed'],
    ["{'k': x} = {'k': 9007199254740992e0}", large, 'query_failed'],
    ['(x, 1) = (9007199254740992e0, 1)', large, 'query_failed'],
    ['nullif(9007199254740992e0, x) IS NULL', large, 'query_failed'],
    ['coalesce(x, 1e0) = 9007199254740992e0', large, 'query_failed'],
    ['greatest(x, 1e0) = 9007199254740992e0', large, 'query_failed'],
    ['x IN (SELECT x FROM input INTERSECT SELECT 9007199254740992e0)', large, 'query_failed'],
    ['sum(x) OVER (PARTITION BY email) = avg(x) OVER ()', large, 'query_failed'],
    ['TRY_CAST(x AS DOUBLE) = 9007199254740993', [...large, 'n/a'], 'query_failed'],
    ['TRY_CAST(x AS DECIMAL(38, 6)) = 9007199254740993', [...large, 'n/a'], ['a']],
    ['TRY_CAST(x AS DECIMAL(38, 6)) > 9007199254740992', [...large, 'n/a'], ['a']],
    ['x = 9007199254740993 AND x > 30.5', large, ['a']],
    ['x = 9007199254740993.0 OR x = 9007199254740991.5', large, ['a']],
    ['x > 1e3 AND x IN (9007199254740992, 1)', large, ['b']],
    ['CAST(x AS DOUBLE) = CAST(9007199254740993 AS DOUBLE)', large, ['a', 'b']],
    ['CAST(x AS DOUBLE) = 9007199254740992e0', large, ['a', 'b']],
    ['x::BIGINT = 9007199254740992e0', large, 'query_failed'],
    ['CASE x WHEN 9007199254740992e0 THEN true END', large, 'query_failed'],
    ['CASE WHEN true THEN x > 1e3 AND x::DOUBLE < -1e-3 + 1.5E+3 END', amounts, ['c']],
    ["TRY_CAST(x AS DOUBLE) IN (30e0, 1.2e3) AND email <> '1e0'", amounts, ['a', 'c']],
    ['x > (SELECT avg(x) FROM input)', amounts, ['c']],
    ['list_contains([30e0], x) OR coalesce(x, 1e0) > 1e3', amounts, ['a', 'c']],
    ['x * 1.1e0 > 34 AND sqrt(x) < 20', amounts, ['b']],
    ['x / 2 > 15.5 AND x > 30.5', amounts, ['c']],
    ['x = (SELECT avg(x) FROM input WHERE x < 31)', ['30.00', '31.25'], ['a']],
  ])('a number is not rounded unseen either: %s of %j', async (condition, values, found) => {
    const files = { 'in.csv': ids(...values) }
    const query = condition.includes('OVER')
      ? `SELECT email FROM input QUALIFY ${condition}`
      : where(condition)
    const result = await ask(files, query).catch((error: unknown) => Object(error).code)
    expect(result).toEqual(Array.isArray(found) ? found.map((id) => `${id}@b.test`) : found)
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
  ])('where not all values are plain ones, it is refused with what to write: %s', async (query, values) => {
    await expect(ask({ 'in.csv': ids(...values) }, query)).rejects.toMatchObject({
      code: 'query_failed',
      data: {
        detail: expect.stringMatching(/CAST\((?:column|"x") AS DOUBLE\).*CAST\((?:column|"x") AS VARCHAR\)/),
      },
    })
  })

  it.each([
    ["x = 1 AND CAST(x AS VARCHAR) = '1'", 'query_failed'],
    ["x >= 1 AND CAST(x AS VARCHAR) = '1'", 'query_failed'],
    ["x + 0 > 0 AND x || '' = '1'", 'query_failed'],
    ["x > 0 AND concat('n', x) = 'n1'", 'query_failed'],
    ["x > 0 AND format('{}', x) = '1'", 'query_failed'],
    ["x > 0 AND list_contains([x::TEXT], '1')", 'query_failed'],
    ["concat('n', x) = 'n1'", ['a@b.test']],
    ['x > 0 AND CAST(x AS INTEGER) = 2', ['b@b.test']],
  ])('a number is never written in another way than it is in the file: %s', async (condition, found) => {
    expect(await outcome({ 'in.csv': ids('1', '1.5', '10') }, condition)).toEqual(found)
  })

  it.each([
    ["(x->'k') = 1", 'query_failed'],
    ["(x->'k') > 0", 'query_failed'],
    ["(x->'k') <> 0", 'query_failed'],
    ["(x->'k') IN (1)", 'query_failed'],
    ["(x->'k') BETWEEN 0 AND 1", 'query_failed'],
    ["json_extract(x, '$.k') = 1", 'query_failed'],
    ["json_extract(x, ['$.k'])[1] = 1", 'query_failed'],
    ['to_json(1) = x', []],
    ["CAST(x->'k' AS DOUBLE) = 1", ['a@b.test']],
    ["(x->>'k') = '0.4'", ['b@b.test']],
    ["(x->'k') = '0.4'", ['b@b.test']],
    ["CAST(x->'k' AS DOUBLE) > 0 AND json_array_length(x->'k') = 0", ['a@b.test', 'b@b.test']],
    ["len(list_filter(json_extract(x, '$.*'), v -> CAST(v AS DOUBLE) > 0)) = 1", ['a@b.test', 'b@b.test']],
    ["CAST((SELECT j.k FROM (SELECT CAST(x AS JSON)->'k' AS k) j) AS DOUBLE) = 1", ['a@b.test']],
    ["(SELECT k FROM (SELECT x->'k' AS k)) = 1", 'query_failed'],
  ])('nor is JSON read as a number: %s', async (condition, found) => {
    expect(await outcome({ 'in.jsonl': jsonOf({ k: 1 }, { k: 0.4 }) }, condition)).toEqual(found)
  })
})

const texts = fc.constantFrom(...'0 1 -3 7 12 0.6 0.44 7.5 1.50 12.0 012 1.2e1 +7 n/a'.split(' '))
const numbers = fc.constantFrom(0, 1, 0.4, 0.6, 7, 7.5, 12, 1.5, -3)
const predicates = fc
  .tuple(fc.constantFrom('=', '<>', 'IN', 'NOT IN', 'IS DISTINCT FROM', '>=', '<'), numbers, numbers)
  .map(([operator, one, other]) => {
    const isOne = (value: number) => value === one
    const isAmong = (value: number) => value === one || value === other
    const chooses: Record<string, (value: number) => boolean> = {
      '=': isOne,
      '<>': (value) => !isOne(value),
      IN: isAmong,
      'NOT IN': (value) => !isAmong(value),
      'IS DISTINCT FROM': (value) => !isOne(value),
      '>=': (value) => value >= one,
      '<': (value) => value < one,
    }
    const side = operator.endsWith('IN') ? `(${one}, ${other})` : `${one}`
    return { sql: `x ${operator} ${side}`, chooses: chooses[operator] ?? isOne }
  })

it('a comparison with a number finds the very numbers that are equal, or is refused', async () => {
  const isExact = fc.asyncProperty(
    fc.array(texts, { minLength: 1, maxLength: 5 }),
    predicates,
    fc.boolean(),
    async (values, { sql, chooses }, areTwo) => {
      const files = areTwo
        ? { 'a.csv': ids(...values), 'b.csv': 'email,x\nz@b.test,0.6\n' }
        : { 'in.csv': ids(...values) }
      const rows = values.map((value, index) => ({ email: `${'abcde'[index]}@b.test`, value: Number(value) }))
      if (areTwo) rows.push({ email: 'z@b.test', value: 0.6 })
      const exact = rows.filter(({ value }) => chooses(value)).map(({ email }) => email)
      const areWritten = rows.every(({ value }, index) => String(value) === (values[index] ?? '0.6'))
      const found = await outcome(files, sql)
      expect(areWritten ? [exact] : [exact, 'query_failed'], `${sql}: ${values.join(' ')}`).toContainEqual(
        found,
      )
    },
  )
  await expect(fc.assert(isExact, { numRuns: 100 })).resolves.toBeUndefined()
})
