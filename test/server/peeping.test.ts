import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { keyWith } from './every-route.ts'
import { Fuzz } from './fuzz-service.ts'
import { clientOf } from './support.ts'

queriesRunHere()

/** Who may write queries and may not see personal data tries to see it all the same. */

let fuzz: Fuzz

beforeAll(async () => {
  fuzz = await Fuzz.open()
})

afterAll(async () => {
  await fuzz.close()
})

const PEEPING = [
  'SELECT * FROM input',
  'SELECT email FROM input',
  'SELECT upper(email) AS email FROM input',
  'SELECT reverse(email) AS email FROM input',
  "SELECT email || '.test' AS email FROM input",
  "SELECT 'x' || email AS email FROM input",
  'SELECT split_part(email, chr(64), 1) AS email FROM input',
  'SELECT hex(email) AS email FROM input',
  'SELECT [email] AS email FROM input',
  "SELECT {'email': email} AS email FROM input",
  'SELECT MAP {email: 1} AS email FROM input',
  'SELECT string_agg(email) AS email FROM input',
  'SELECT error(email) AS email FROM input',
  'SELECT CAST(email AS INTEGER) AS email FROM input',
  'SELECT CAST(email AS DATE) AS email FROM input',
  'SELECT email::UUID AS email FROM input',
  'SELECT regexp_matches(email, email || chr(40)) AS email FROM input',
  'SELECT strptime(email, email) AS email FROM input',
  'SELECT json_extract(email, email) AS email FROM input',
  'SELECT * FROM (PIVOT input ON email USING count(*))',
  'PIVOT input ON email USING count(*)',
  "PIVOT (SELECT replace(email, chr(64), ' at ') AS e FROM input) ON e USING count(*)",
  'SELECT COLUMNS(c -> c = (SELECT min(email) FROM input)) FROM input',
  'SELECT * FROM query_table((SELECT email FROM input LIMIT 1))',
  "SELECT * FROM query((SELECT 'SELECT 1 AS ' || chr(34) || email || chr(34) FROM input LIMIT 1))",
  'SELECT current_setting(substr(email, 1, 7)) AS email FROM input',
  'SELECT nextval(substr(email, 1, 7)) AS email FROM input',
  'SELECT getvariable(substr(email, 1, 7)) AS email FROM input',
  'SELECT list_aggregate([1], substr(email, 1, 7)) AS email FROM input',
  'SELECT date_part(substr(email, 1, 7), now()) AS email FROM input',
  'SELECT date_trunc(substr(email, 1, 7), now()) AS email FROM input',
  'SELECT date_part([substr(email, 1, 7)], now()) AS email FROM input',
  "SELECT json_extract('{}', '$.' || substr(email, 1, 7) || '[') AS email FROM input",
  "SELECT json_extract('{}', [substr(email, 1, 7) || '[']) AS email FROM input",
  "SELECT from_json('{}', substr(email, 1, 7)) AS email FROM input",
  'SELECT json_transform(email, email) AS email FROM input',
  'SELECT typeof(struct_pack(a := email)) AS email FROM input',
  'SELECT format(email || chr(123)) AS email FROM input',
  'SELECT printf(email || chr(37)) AS email FROM input',
  "SELECT strftime(now(), substr(email, 1, 7) || '%') AS email FROM input",
  'SELECT now() AT TIME ZONE substr(email, 1, 7) AS email FROM input',
  'SELECT email COLLATE NOCASE AS email FROM input',
  'SELECT * FROM input, read_text(email)',
  'SELECT * FROM input, glob(email)',
  'SELECT * FROM pragma_table_info((SELECT substr(min(email), 1, 7) FROM input))',
  'SELECT * FROM input TABLESAMPLE 1 ROWS REPEATABLE (1)',
  'SELECT email AS "planned", 1 AS email FROM input UNION ALL SELECT CAST(email AS INT), 2 FROM input',
  'SUMMARIZE input',
  'DESCRIBE input',
  'EXPLAIN SELECT email FROM input',
  'SELECT email FROM input WHERE email = (SELECT error(min(email)) FROM input)',
  'SELECT email FROM input ORDER BY CAST(email AS INTEGER)',
  'SELECT enum_range(NULL::ENUM(email)) FROM input',
] as const

const PEEPING_AT_POSTGRES = [
  'SELECT * FROM customers',
  'SELECT email::int AS email FROM customers',
  'SELECT email::date AS email FROM customers',
  'SELECT email::json AS email FROM customers',
  'SELECT email::xml AS email FROM customers',
  'SELECT email::regclass AS email FROM customers',
  "SELECT set_config('role', email, true) AS email FROM customers",
  'SELECT to_regclass(email)::text AS email FROM customers',
  'SELECT split_part(email, chr(64), 1)::regclass AS email FROM customers',
  'SELECT substr(email, 1, 7)::regtype AS email FROM customers',
  'SELECT substr(email, 1, 7)::regproc AS email FROM customers',
  'SELECT substr(email, 1, 7)::regrole AS email FROM customers',
  "SELECT (substr(email, 1, 7) || '.a.b')::regclass AS email FROM customers",
  "SELECT nextval(substr(email, 1, 7) || '.s')::text AS email FROM customers",
  'SELECT pg_input_error_info(email, email) AS email FROM customers',
  'SELECT has_table_privilege(substr(email, 1, 7), email) AS email FROM customers',
  'SELECT query_to_xml(email, true, true, email)::text AS email FROM customers',
  "SELECT xpath('/x', email::xml)::text AS email FROM customers",
  'SELECT (SELECT c FROM customers c LIMIT 1)::text AS email',
  'SELECT row_to_json(customers)::text AS email FROM customers',
  'SELECT format(email) AS email FROM customers',
  'SELECT pg_notify(email, email)::text AS email FROM customers',
  'SELECT email FROM customers ORDER BY email::int',
  "SELECT email FROM customers WHERE email ~ (email || '(')",
  'SELECT dblink_connect(email) FROM customers',
] as const

const NAMES = /planted|detnalp|706c616e746564/i

/** What of the names is told by previews and counts of these queries, and by the tables that there are. */
async function toldBy(source: object, texts: readonly string[]): Promise<string[]> {
  const { id: dataSourceId } = await fuzz.world.admin.ok<{ id: string }>('POST', '/data-sources', source)
  const as = await keyWith(fuzz.service, ['analyst'], ['restrict_pii_access', 'restrict_downloads'])
  const client = clientOf(fuzz.service.fetch, as)
  const tables = await client.request('GET', `/data-sources/${dataSourceId}/tables`)
  const told = [`tables ${tables.status} ${JSON.stringify(tables.body)}`]
  for (const text of texts) {
    const query = { name: `peeping ${crypto.randomUUID()}`, dataSourceId, draft: { sql: text } }
    const { id } = await client.ok<{ id: string }>('POST', '/queries', query)
    for (const what of ['preview', 'count']) {
      const { status, body } = await client.request('POST', `/queries/${id}/${what}`, {})
      told.push(`${what} of ${text}: ${status} ${JSON.stringify(body)}`)
    }
  }
  return told.filter((answer) => NAMES.test(answer) || / 5\d\d \{/.test(answer))
}

describe('who may not see personal data sees none, whatever the query', () => {
  test.each(['planted.csv', 'headless.csv'])('of the file %s', async (file) => {
    const source = { kind: 'files', name: `peeped at ${file}`, folder: fuzz.service.inputDir, files: [file] }
    expect(await toldBy(source, PEEPING)).toEqual([])
  })

  test('of the database', async () => {
    const source = { kind: 'postgres', name: 'peeped at', url: fuzz.databaseUrl }
    expect(await toldBy(source, PEEPING_AT_POSTGRES)).toEqual([])
  })
})
