import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { writeWith } from './checksummed-parquet.ts'
import { sha256, Workbench } from './workbench.ts'

queriesRunHere()

const { signal } = new AbortController()
const place = { emailColumn: 'email', limits: defaultLimits, signal, cwd: '/' }

/** All orders of some things. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]]
  return things.flatMap((thing, index) =>
    orders(things.toSpliced(index, 1)).map((rest) => [thing].concat(rest)),
  )
}

/** What a run counts and stages, or its error, in one line. */
async function outcomeOf(
  bench: Workbench,
  from: readonly string[],
  query: string | null,
  emailColumn = 'email',
) {
  try {
    const { rows } = await openSource({ ...place, emailColumn, from, query })
    const { valid, invalidByReason, hashes } = await bench.run(rows)
    return `valid ${valid} ${JSON.stringify([invalidByReason, hashes])}`
  } catch (error) {
    if (isRollcallError(error)) return `${error.code} ${String(error.data['detail'])}`
    throw error
  }
}

const written: Record<string, string> = {
  'text.parquet': "SELECT 'a@example.com' AS email, 1 AS id",
  'turned.parquet': "SELECT 2 AS id, 'b@example.com' AS email",
  'without.parquet': "SELECT 3 AS id, 'c@example.com' AS mail",
  'numbers.parquet': 'SELECT 4 AS email, 4 AS id',
  'large.parquet': 'SELECT 5::HUGEINT AS email',
  'nothing.parquet': 'SELECT NULL::INTEGER AS email',
  'structs.parquet': "SELECT {'to': 'd@example.com'} AS email",
  'spaces.parquet': `SELECT 'e@example.com' AS " Email "`,
  'text.csv': 'email,id\na@example.com,1\n',
  'without.csv': 'mail,id\nc@example.com,1\n',
  'header.csv': 'mail,id\n',
  'twice.csv': 'id,email,email\n1,a@example.com,b@example.com\n',
  'capitals.csv': 'id,Email,email\n1,a@example.com,b@example.com\n',
  'text.jsonl': '{"id":1}\n{"email":"a@example.com"}\n',
  'without.jsonl': '{"mail":"c@example.com"}\n',
  'country.csv': 'email,country\na@example.com,DE\n',
  'country.csv.gz': 'email,country\na@example.com,DE\n',
  'country.jsonl': '{"email":"a@example.com"}\n{"email":"b@example.com","country":null}\n',
  'country.parquet': "SELECT 'a@example.com' AS email, 'DE' AS country",
  'land.csv': 'email,Land\nc@example.com,DE\n',
  'land.jsonl': '{"email":"c@example.com","Land":"DE"}\n',
  'land.parquet': "SELECT 'c@example.com' AS email, 'DE' AS \"Land\"",
  'header-land.csv': 'email,Land\n',
  'data.csv': 'c@example.com,DE\nd@example.com,DE\n',
  'hashes.csv': `DE,${'ab'.repeat(32)}\nDE,${'cd'.repeat(32)}\n`,
  'mails.csv': 'mail,email,email\na@example.com,b@example.com,c@example.com\n',
  'doubled.csv': 'email,x,X,x_1\na@example.com,1,2,3\n',
  'doubled.csv.gz': 'email,x,X,x_1\na@example.com,1,2,3\n',
  'invented.jsonl': '{"email":"b@example.com","x_1":"3"}\n',
  'nameless.csv': 'email,,column1\na@example.com,1,2\n',
  'accent.csv': 'É-MAIL,id\na@example.com,1\n',
  'accent.jsonl': '{"É-MAIL":"a@example.com"}\n',
}

/** One row of texts by their columns. The engine itself writes no two columns of one name. */
const doubledParquet: Record<string, readonly (readonly [string, string])[]> = {
  'doubled.parquet': [
    ['email', 'a@example.com'],
    ['x', '1'],
    ['X', '2'],
    ['x_1', '3'],
  ],
  'twice.parquet': [
    ['email', 'a@example.com'],
    ['email', 'b@example.com'],
  ],
  'capitals.parquet': [
    ['Email', 'a@example.com'],
    ['email', 'b@example.com'],
  ],
}

function textsOf(columns: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(
    parquetWriteBuffer({
      columnData: columns.map(([name, text]) => ({ name, data: [text], type: 'STRING' })),
    }),
  )
}

async function writeAll(bench: Workbench, names: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const name of names) {
    const path = bench.path(name)
    const text = written[name] ?? ''
    const columns = doubledParquet[name]
    if (columns !== undefined) await writeFile(path, textsOf(columns))
    else if (name.endsWith('.parquet')) await writeWith(path, text)
    else await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text)
    paths.push(path)
  }
  return paths
}

const missing = (file: string) => new RegExp(`^missing_email_column .*/[0-9]+-${file}" has no column "email"`)
const several = (file: string) => new RegExp(`^missing_email_column .*-${file}" has 2 columns named "email"`)
const notText = /^query_failed Column "email" holds \w+, not text/

describe('without a query and with one, in every order of the files,', () => {
  it.each<[string[], RegExp]>([
    [['text.parquet', 'turned.parquet', 'without.parquet'], missing('without.parquet')],
    [['text.csv', 'without.csv'], missing('without.csv')],
    [['text.csv', 'header.csv'], missing('header.csv')],
    [['text.csv', 'without.jsonl'], missing('without.jsonl')],
    [['text.jsonl', 'without.jsonl'], missing('without.jsonl')],
    [['text.parquet', 'without.csv'], missing('without.csv')],
    [['text.jsonl', 'without.parquet'], missing('without.parquet')],
    [['twice.csv'], several('twice.csv')],
    [['capitals.csv'], several('capitals.csv')],
    [['text.csv', 'capitals.csv'], several('capitals.csv')],
    [['twice.parquet'], several('twice.parquet')],
    [['capitals.parquet'], several('capitals.parquet')],
    [['capitals.parquet', 'text.parquet'], several('capitals.parquet')],
    [['numbers.parquet'], notText],
    [['structs.parquet'], notText],
    [['text.parquet', 'numbers.parquet'], notText],
    [['numbers.parquet', 'large.parquet'], notText],
    [['numbers.parquet', 'nothing.parquet'], notText],
    [['text.csv', 'numbers.parquet'], notText],
    [['text.jsonl', 'structs.parquet'], notText],
    [['text.parquet', 'nothing.parquet', 'text.csv'], /^valid 2 /],
    [['spaces.parquet', 'text.csv'], /^valid 2 /],
  ])('%s have the same outcome', async (names, outcome) => {
    await using bench = await Workbench.open()
    const paths = await writeAll(bench, names)
    for (const from of orders(paths)) {
      const direct = await outcomeOf(bench, from, null)
      expect(direct).toMatch(outcome)
      expect(await outcomeOf(bench, from, 'SELECT email FROM input'), from.join()).toBe(direct)
    }
  })

  it('a query that does not read the column may do without it', async () => {
    await using bench = await Workbench.open()
    const paths = await writeAll(bench, ['mails.csv', 'without.csv', 'without.jsonl'])
    expect(await outcomeOf(bench, paths, 'SELECT mail AS email FROM input')).toMatch(/^valid 3 /)
  })

  it('names beyond ASCII are the same only in the same capitals', async () => {
    await using bench = await Workbench.open()
    for (const name of ['accent.csv', 'accent.jsonl']) {
      const path = await bench.write(name, written[name] ?? '')
      expect(await outcomeOf(bench, [path], null, 'É-mail')).toMatch(/^valid 1 /)
      expect(await outcomeOf(bench, [path], 'SELECT "É-mail" FROM input', 'É-mail')).toMatch(/^valid 1 /)
      expect(await outcomeOf(bench, [path], null, 'é-mail')).toMatch(/^missing_email_column /)
      expect(await outcomeOf(bench, [path], 'SELECT "é-mail" FROM input', 'é-mail')).toMatch(/^query_failed /)
    }
  })
})

const WHERE = "WHERE country = 'DE'"
const onlySome =
  /^query_failed The query is refused\. It reads column "(?:country|land)", which ".*" has and ".*" does not\. /
const noNames = /^missing_email_column ".*" has no header line: its first line holds data\./
const doubled = /^query_failed The query is refused\. ".*-doubled\.\w+(?:\.gz)?" has 2 columns named "x", /

describe('in every order of the files,', () => {
  it.each<[string[], string, RegExp]>([
    ...['country.csv', 'country.csv.gz', 'country.jsonl', 'country.parquet'].flatMap((country) =>
      ['land.csv', 'land.jsonl', 'land.parquet'].map((land): [string[], string, RegExp] => [
        [country, land],
        `SELECT email FROM input ${WHERE}`,
        onlySome,
      ]),
    ),
    [['country.csv', 'header-land.csv'], `SELECT email FROM input ${WHERE}`, onlySome],
    [['country.csv', 'land.csv'], `SELECT * FROM input ${WHERE}`, onlySome],
    [['country.csv', 'land.csv'], 'SELECT email FROM input ORDER BY Country', onlySome],
    [['country.csv', 'land.csv'], 'SELECT i.* FROM input i JOIN input j USING (country)', onlySome],
    [['country.csv', 'land.csv'], "SELECT * FROM input NATURAL JOIN (SELECT 'DE' AS country)", onlySome],
    [['country.csv', 'land.csv'], "SELECT email FROM input i(email, c) WHERE c = 'DE'", onlySome],
    [
      ['country.csv', 'country.jsonl'],
      'SELECT i.email FROM input i(email, c), (VALUES (1)) v(x)',
      /^valid 3 /,
    ],
    [['country.csv', 'land.csv'], 'SELECT i.* FROM input i, (VALUES (1)) v(x)', /^valid 2 /],
    [['country.csv', 'land.csv'], 'SELECT * FROM input', /^valid 2 /],
    [['country.csv', 'land.jsonl', 'land.parquet'], 'SELECT email FROM input', /^valid 3 /],
    [['country.csv', 'country.jsonl'], `SELECT email FROM input ${WHERE}`, /^valid 1 /],
    [['without.csv', 'data.csv'], 'SELECT mail AS email FROM input', noNames],
    [['without.csv', 'hashes.csv'], 'SELECT mail AS email FROM input', noNames],
    [['data.csv'], 'SELECT * FROM input', noNames],
    ...['doubled.csv', 'doubled.csv.gz', 'doubled.parquet'].flatMap((name): [string[], string, RegExp][] => [
      [[name], "SELECT email FROM input WHERE x = '1'", doubled],
      [[name], "SELECT * FROM input WHERE X = '1'", doubled],
      [[name], 'SELECT * FROM input', /^valid 1 /],
      [[name], "SELECT email FROM input WHERE x_1 = '3'", /^valid 1 /],
      [[name], "SELECT email FROM input WHERE X_2 = '2'", /^valid 1 /],
      [[name, 'invented.jsonl'], "SELECT email FROM input WHERE x_1 = '3'", /^valid 2 /],
    ]),
    [['doubled.parquet', 'doubled.parquet'], "SELECT email FROM input WHERE x_1 = '3'", /^valid 2 /],
    [['doubled.parquet', 'doubled.parquet'], "SELECT email FROM input WHERE x_2 = '2'", /^valid 2 /],
    [['doubled.csv'], "SELECT email FROM input i(email, a, b, c) WHERE b = '2'", /^valid 1 /],
    [['nameless.csv'], 'SELECT email FROM input WHERE column1 = 2', /^valid 1 /],
  ])('%s %s', async (names, query, outcome) => {
    await using bench = await Workbench.open()
    for (const from of orders(await writeAll(bench, names)))
      expect(await outcomeOf(bench, from, query), from.join()).toMatch(outcome)
  })
})

describe('numbers and dates that Parquet files hold in different types keep their order and their values:', () => {
  it.each([
    ['150::INTEGER', '60::BIGINT', 'BIGINT'],
    ['150::UBIGINT', '60::TINYINT', 'HUGEINT'],
    ['150.5::DECIMAL(5,1)', '60.25::DECIMAL(18,2)', 'DECIMAL(18,2)'],
    ['150.5::DECIMAL(5,1)', '60::INTEGER', 'DECIMAL(11,1)'],
    ['150.5::FLOAT', '60::DOUBLE', 'DOUBLE'],
    ['150::BIGINT', '60.5::DOUBLE', 'DOUBLE'],
    ["DATE '2024-10-01'", "TIMESTAMP '2024-09-30 12:00:00'", 'TIMESTAMP'],
    ['9007199254740993::BIGINT', '60.5::DOUBLE', 'VARCHAR'],
    ["'a'", '60::INTEGER', 'VARCHAR'],
    ["DATE '2024-10-01'", '60::INTEGER', 'VARCHAR'],
  ])('%s and %s are %s', async (large, small, type) => {
    await using bench = await Workbench.open()
    const paths = ['a.parquet', 'b.parquet', 'c.parquet'].map((name) => bench.path(name))
    const [a = '', b = '', none = ''] = paths
    await writeWith(a, `SELECT 'large@example.com' AS email, ${large} AS n`)
    await writeWith(b, `SELECT 'small@example.com' AS email, ${small} AS n`)
    await writeWith(none, "SELECT 'none@example.com' AS email, CAST(NULL AS BOOLEAN) AS n")
    const query = `SELECT email FROM input WHERE typeof(n) = '${type}' ORDER BY n DESC NULLS LAST LIMIT 1`
    for (const from of [
      [a, b, none],
      [none, b, a],
    ]) {
      const { rows } = await openSource({ ...place, from, query })
      const found = await bench.run(rows).then(
        ({ hashes }) => hashes,
        (error: unknown) => /Column "n" is text/.exec(String(error))?.[0],
      )
      // The letters of texts have another order.
      const first = type === 'VARCHAR' ? 'Column "n" is text' : [sha256('large@example.com')]
      expect(found, from.join()).toEqual(first)
    }
  })

  it('and go with texts of other files that are written as a type', async () => {
    await using bench = await Workbench.open()
    const parquet = bench.path('a.parquet')
    await writeWith(parquet, "SELECT 'a@example.com' AS email, 150::INTEGER AS n")
    const csv = await bench.write('b.csv', 'email,n\nb@example.com,60\n')
    const query = 'SELECT email FROM input ORDER BY n DESC LIMIT 1'
    for (const from of orders([parquet, csv])) {
      const { rows } = await openSource({ ...place, from, query })
      expect(await bench.run(rows)).toMatchObject({ hashes: [sha256('a@example.com')] })
    }
  })
})
