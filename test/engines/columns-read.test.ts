import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import type { QueriedRows } from '../../src/engines/local/duckdb/locked-query.ts'
import { queryParts } from '../../src/engines/local/duckdb/query.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { writeWith } from './checksummed-parquet.ts'
import { Workbench } from './workbench.ts'

queriesRunHere()

const { signal } = new AbortController()
const CSV = 'email,id,plan,ref\na@example.com,1,gold,2\nb@example.com,2,,1\nc@example.com,3,silver,9\n'
const JSON_LINES =
  '{"email":"a@example.com","id":1,"plan":"gold","ref":2}\n{"email":"b@example.com","id":2,"ref":1}\n{"email":"c@example.com","id":3,"plan":"silver","ref":9}\n'

async function makeFiles(dir: string): Promise<void> {
  await mkdir(dir)
  await writeFile(join(dir, 'plain.csv'), CSV)
  // Its line break makes it be read record by record.
  await writeFile(
    join(dir, 'exact.csv'),
    `"email",id,plan,ref,"no\nte"\n${CSV.split('\n')
      .slice(1, -1)
      .map((line) => `${line},x\n`)
      .join('')}`,
  )
  await writeFile(join(dir, 'packed.csv.gz'), gzipSync(CSV))
  await writeFile(join(dir, 'lines.jsonl'), JSON_LINES)
  await writeWith(join(dir, 'stored.parquet'), `FROM read_csv('${join(dir, 'plain.csv')}')`)
}

async function ask(bench: Workbench, dir: string, from: string[], query: string): Promise<string> {
  const { rows } = await openSource({
    from,
    query,
    emailColumn: 'email',
    limits: defaultLimits,
    signal,
    cwd: dir,
  })
  const place = { limits: defaultLimits, signal, tempDir: join(bench.dir, 'temp'), onBytes: () => undefined }
  const found: string[] = []
  for await (const { file, records } of queryParts(rows as QueriedRows, place))
    if (file === '')
      for await (const values of records) found.push(...values.map((value) => (value as string).charAt(0)))
  return found.toSorted().join('')
}

it.each([
  ["SELECT email FROM input WHERE plan.upper() = 'GOLD' OR id = 3", 'ac'],
  ["SELECT email FROM input WHERE plan.lower().contains('gol') OR id = 3", 'ac'],
  ["SELECT email FROM input i WHERE i.plan.upper() = 'GOLD'", 'a'],
  ["SELECT email, email AS plan FROM input WHERE plan.upper() = 'GOLD'", 'a'],
  ["SELECT email FROM input WHERE input.plan = 'gold'", 'a'],
  ["SELECT email FROM input WHERE main.input.plan = 'gold'", 'a'],
  ["SELECT email FROM input WHERE memory.main.input.plan = 'gold'", 'a'],
  ['SELECT i.email FROM input AS i WHERE i.plan IS NOT NULL', 'ac'],
  ["SELECT e AS email FROM input t(e, i, p, r) WHERE p = 'gold'", 'a'],
  ["SELECT email FROM input WHERE struct_extract(input, 'plan') = 'gold'", 'a'],
  ["SELECT email FROM input WHERE to_json(input)->>'plan' = 'gold'", 'a'],
  ["SELECT email FROM (SELECT email, input AS whole FROM input) WHERE whole.plan = 'gold'", 'a'],
  ["SELECT email FROM (SELECT email, t FROM input t) WHERE t['plan'] = 'gold'", 'a'],
  ["SELECT email FROM input WHERE COLUMNS('plan') = 'gold'", 'a'],
  ["SELECT email FROM input WHERE COLUMNS(c -> c = 'plan') = 'gold'", 'a'],
  ["SELECT email FROM (SELECT * EXCLUDE id FROM input) WHERE plan = 'gold'", 'a'],
  ["SELECT email FROM (SELECT * REPLACE (upper(plan) AS plan) FROM input) WHERE plan = 'GOLD'", 'a'],
  ["SELECT email FROM (SELECT * RENAME (plan AS p) FROM input) WHERE p = 'gold'", 'a'],
  ['SELECT email FROM input SEMI JOIN (SELECT ref AS id FROM input) USING (id)', 'ab'],
  ['SELECT a.email FROM input a JOIN input b USING (id, plan)', 'ac'],
  ['SELECT email FROM input NATURAL JOIN (SELECT 1 AS id)', 'a'],
  ['SELECT email FROM input WHERE EXISTS (SELECT 1 FROM input b WHERE b.ref = input.id)', 'ab'],
  ["SELECT email FROM input, LATERAL (SELECT plan AS q) WHERE q = 'gold'", 'a'],
  ["SELECT email FROM input WHERE list_filter([plan], lambda p: p = 'gold') <> []", 'a'],
  ["SELECT email FROM input WHERE row(plan) = row('gold')", 'a'],
  ['SELECT email FROM input QUALIFY row_number() OVER (ORDER BY ref DESC) = 1', 'c'],
  ["WITH x AS (FROM input) SELECT email FROM x WHERE plan = 'gold'", 'a'],
  ["SELECT #1 AS email FROM input WHERE plan = 'gold'", 'a'],
])('%s finds its columns in files of every format', async (query, letters) => {
  await using bench = await Workbench.open()
  const dir = bench.path('source')
  await makeFiles(dir)
  const names = ['plain.csv', 'packed.csv.gz', 'lines.jsonl', 'stored.parquet', 'exact.csv']
  const found: Record<string, string> = {}
  for (const name of names)
    found[name] = await ask(
      bench,
      dir,
      [name],
      query.replace('t(e, i, p, r)', name === 'exact.csv' ? 't(e, i, p, r, n)' : 't(e, i, p, r)'),
    ).catch((error: unknown) => String(error))
  expect(found).toEqual(Object.fromEntries(names.map((name) => [name, letters])))
})
