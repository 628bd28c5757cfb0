import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { asRollcallError } from '../../src/base/rollcall-error.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { createHiddenInput } from '../../src/engines/local/duckdb/hidden-input.ts'
import { createInput } from '../../src/engines/local/duckdb/input-view.ts'
import { lockSession } from '../../src/engines/local/duckdb/locked-query.ts'
import { checkQuery } from '../../src/engines/local/duckdb/query-check.ts'
import { FUNCTIONS, TABLE_FUNCTIONS } from '../../src/engines/local/duckdb/functions.ts'
import { withSession } from '../../src/engines/local/duckdb/session.ts'
import type { Session } from '../../src/engines/local/duckdb/session.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { writeWith } from './checksummed-parquet.ts'
import { filesOf, Workbench } from './workbench.ts'

queriesRunHere()

/** Of the engine's functions for values, those that read more than the values they are given, or that only the engine itself needs. */
const REFUSED = `
  col_description current_catalog current_connection_id current_database current_query current_query_id
  current_role current_schema current_schemas current_setting current_transaction_id current_user currval
  format_pg_type format_type gen_random_uuid get_block_size getvariable has_any_column_privilege has_column_privilege
  has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege
  has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege
  has_tablespace_privilege icu_sort_key in_search_path inet_client_addr inet_client_port inet_server_addr
  inet_server_port is_histogram_other_bin json_deserialize_sql json_serialize_plan json_serialize_sql
  map_to_pg_oid nextval obj_description parse_duckdb_log_message pg_collation_is_visible pg_conf_load_time
  pg_conversion_is_visible pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_viewdef
  pg_has_role pg_is_other_temp_schema pg_my_temp_schema pg_opclass_is_visible pg_operator_is_visible
  pg_opfamily_is_visible pg_postmaster_start_time pg_size_pretty pg_sleep pg_table_is_visible
  pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible
  pg_type_is_visible random reservoir_quantile session_user setseed shobj_description sleep_ms stats sum_no_overflow
  timetz_byte_comparable txid_current user uuid uuidv4 uuidv7 variant_bytes_to_variant variant_normalize
  variant_to_parquet_variant version write_log
`
  .trim()
  .split(/\s+/)
/** Families of them. */
const REFUSED_FAMILIES = /^(?:__internal_|icu_collate_)/

const signal = new AbortController().signal

async function inSession<T>(bench: Workbench, work: (session: Session) => Promise<T>): Promise<T> {
  return withSession({ limits: defaultLimits, tempDir: bench.dir, signal }, work)
}

async function verdict(session: Session, query: string): Promise<string> {
  return checkQuery(session, query).then(
    () => 'allowed',
    (error: unknown) => asRollcallError(error).message,
  )
}

describe('the functions that a query over files may call', () => {
  let engine: (readonly [name: string, kind: string])[]

  beforeAll(async () => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const all = await connection.runAndReadAll(
      'SELECT DISTINCT function_name, function_type FROM duckdb_functions()',
    )
    engine = all.getRows().map(([name, kind]) => [String(name), String(kind)])
    connection.closeSync()
    instance.closeSync()
  })

  it('are decided on one by one: the engine has none that is neither allowed nor refused', () => {
    const ofValues = engine.filter(([, kind]) => ['scalar', 'aggregate', 'macro'].includes(kind))
    const names = new Set(ofValues.map(([name]) => name.toLowerCase()))
    const known = new Set([...FUNCTIONS, ...REFUSED])
    const isKnown = (name: string) => known.has(name) || REFUSED_FAMILIES.test(name)
    expect([...names].filter((name) => !isKnown(name))).toEqual([])
    expect(REFUSED.filter((name) => FUNCTIONS.has(name) || !names.has(name))).toEqual([])
    expect([...FUNCTIONS].filter((name) => !names.has(name) && !TABLE_FUNCTIONS.has(name))).toEqual([])
  })

  it('are no others, wherever a call stands and however it is written', async () => {
    await using bench = await Workbench.open()
    await inSession(bench, async (session) => {
      for (const name of [
        ...REFUSED,
        'json_execute_serialized_sql',
        'query',
        'query_table',
        'sql_auto_complete',
      ])
        for (const call of [
          `${name}('a')`,
          `${name.toUpperCase()}()`,
          `main."${name}"('a')`,
          `email.${name}()`,
        ])
          expect(await verdict(session, `SELECT ${call} FROM input`), call).toMatch(/is not allowed/)
      const plan = "json_serialize_plan('SELECT 1 FROM below.input WHERE email >= ''k''', optimize := true)"
      for (const query of [
        `SELECT ${plan}`,
        `SELECT 1 FROM input WHERE ${plan} LIKE '%EMPTY_RESULT%'`,
        `SELECT 1 FROM input ORDER BY ${plan}`,
        `SELECT 1 FROM input GROUP BY ALL HAVING max(${plan}) > ''`,
        `SELECT 1 FROM input QUALIFY ${plan} > ''`,
        `SELECT 1 FROM input LIMIT length(${plan})`,
        `SELECT 1 FROM input a JOIN input b ON ${plan} > ''`,
        `SELECT [${plan} FOR x IN [1]]`,
        `SELECT list_transform([1], lambda x: ${plan})`,
        `SELECT {'a': [${plan}]}`,
        `SELECT CASE WHEN true THEN ${plan} END`,
        `SELECT CAST(${plan} AS JSON)`,
        `SELECT sum(1) OVER (ORDER BY ${plan})`,
        `SELECT max(email ORDER BY ${plan}) FILTER (${plan} > '') FROM input`,
        `SELECT g FROM range(length(${plan})) t(g)`,
        `SELECT * REPLACE (${plan} AS email) FROM input`,
        `FROM (VALUES (${plan}))`,
        `WITH t AS (SELECT ${plan}) FROM t`,
        `SELECT EXISTS (SELECT ${plan})`,
        `SELECT 1 UNION ALL SELECT ${plan}`,
        `SELECT DISTINCT ON (${plan}) 1`,
      ])
        expect(await verdict(session, query), query).toMatch(/json_serialize_plan is not allowed/)
    })
  })

  it('are not made up for by tables of the engine, whatever a query names its own parts', async () => {
    await using bench = await Workbench.open()
    await inSession(bench, async (session) => {
      for (const query of [
        'FROM duckdb_views',
        'WITH duckdb_views AS (FROM duckdb_views) FROM duckdb_views',
        'WITH a AS (FROM duckdb_views), duckdb_views AS (SELECT 1) FROM a',
        'WITH a AS MATERIALIZED (FROM duckdb_views), duckdb_views AS (SELECT 1) FROM a',
        'WITH RECURSIVE duckdb_views AS (FROM duckdb_views) FROM duckdb_views',
        'WITH RECURSIVE duckdb_views AS (FROM duckdb_views UNION ALL FROM duckdb_views) FROM duckdb_views',
        'WITH RECURSIVE a AS (SELECT 1 UNION ALL FROM duckdb_views), duckdb_views AS (SELECT 1) FROM a',
        '(WITH duckdb_views AS (SELECT 1) FROM duckdb_views) UNION ALL FROM duckdb_views',
        'SELECT (WITH duckdb_views AS (SELECT 1) SELECT 1) FROM duckdb_views',
      ])
        expect(await verdict(session, query), query).toMatch(/There is no table duckdb_views/)
      for (const query of ['FROM (SHOW ALL TABLES)', 'FROM (SHOW DATABASES)', 'SHOW TABLES'])
        expect(await verdict(session, query), query).toMatch(/There is no table/)
      for (const query of [
        'WITH a AS (FROM input), b AS (FROM a) SELECT * FROM b WHERE EXISTS (FROM a)',
        'WITH Input AS (SELECT email FROM input) FROM INPUT',
        'WITH Big AS (FROM input) FROM big',
        'WITH RECURSIVE n AS (SELECT 1 x UNION ALL SELECT x + 1 FROM n WHERE x < 3), m AS (FROM n) FROM m, input',
      ])
        expect(await verdict(session, query), query).toBe('allowed')
    })
  })

  it('are those of everyday SQL, in all its forms', async () => {
    await using bench = await Workbench.open()
    const everyday = [
      "SELECT x[1], x[1:2], {'a': 1}, [1], (1, 2), coalesce(a, b), extract(year FROM d), position('a' IN b) FROM input",
      "SELECT trim(BOTH ' ' FROM a), substring(a FROM 1 FOR 2), a LIKE 'b!' ESCAPE '!', a NOT ILIKE 'b' ESCAPE '!' FROM input",
      "SELECT a SIMILAR TO 'b', a GLOB 'c*', current_date, current_timestamp, localtimestamp, now(), today() FROM input",
      "SELECT [y + 1 FOR y IN z IF y > 2], map {'a': 1}, array(SELECT 1), d + INTERVAL 1 DAY, d + INTERVAL (a) DAYS FROM input",
      "SELECT d AT TIME ZONE 'UTC', count(*), ifnull(a, b), nullif(a, b), if(a, b, c), try(a / 0), a -> 'b', a ->> 'b' FROM input GROUP BY ALL",
      "SELECT a // b, a ** b, -a, ~a, a ^@ 'b', a || b, a ~ 'b', a & b, a << 1, a.lower().upper(), UNNEST(x) FROM input",
      'SELECT row_number() OVER (), lag(a) OVER (ORDER BY b), percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM input GROUP BY ALL',
      "SELECT strftime(d, '%Y'), try_strptime(a, '%d.%m.%Y'), sha256(lower(trim(email))), regexp_replace(a, 'b', 'c') FROM input",
      "SELECT string_agg(a, ','), list(a), arg_max(a, b), approx_count_distinct(a), count(DISTINCT a) FILTER (b) FROM input",
      'SELECT * EXCLUDE (a), a COLLATE nocase FROM input',
      'SUMMARIZE input',
      'UNPIVOT input ON a, b',
    ]
    await inSession(bench, async (session) => {
      for (const query of everyday) expect(await verdict(session, query), query).toBe('allowed')
      expect(await verdict(session, 'SELECT lowr(email) FROM input')).toContain('Did you mean lower?')
      for (const query of [
        'FROM input WHERE random() < 0.5',
        'FROM input WHERE email IN (SELECT Uuid())',
        'FROM input USING SAMPLE 1',
        'FROM input USING SAMPLE 10% (bernoulli, 7)',
        'FROM (FROM input TABLESAMPLE reservoir(10%) REPEATABLE (1))',
        'FROM input i JOIN input TABLESAMPLE 5 ROWS USING (email)',
        'WITH s AS (FROM input USING SAMPLE 5) FROM s',
      ])
        expect(await verdict(session, query), query).toContain('Every run would give different members.')
    })
  })
})

/** What the engine makes of a condition tells whether it knows that no row meets it. */
const KNOWN_EMPTY = (condition: string) =>
  `SELECT json_serialize_plan('SELECT 1 FROM input WHERE ${condition.replaceAll("'", "''")}', optimize := true) LIKE '%EMPTY_RESULT%'`

describe('hidden columns', () => {
  it.each(['parquet', 'jsonl', 'csv'])(
    'have left the session before a query is run, with all that it knows of them: %s',
    async (format) => {
      await using bench = await Workbench.open()
      const csv = 'email,age,country\nanna@example.com,31,DE\n,55,FR\n'
      const objects =
        '{"email":"anna@example.com","age":31,"country":"DE"}\n{"email":null,"age":55,"country":"FR"}\n'
      const path = await bench.write(`in.${format}`, format === 'csv' ? csv : objects)
      if (format === 'parquet')
        await writeWith(
          path,
          "SELECT 'anna@example.com' AS email, 31 AS age, 'DE' AS country UNION ALL SELECT NULL, 55, 'FR'",
        )
      const options = { limits: defaultLimits, tempDir: bench.dir, signal, onBytes: () => undefined }
      const opened = await openSource({
        ...options,
        from: [path],
        query: 'FROM input',
        emailColumn: 'email',
        cwd: '/',
      })
      if (!('tables' in opened.rows)) throw new Error('no files')
      const source = opened.rows
      await inSession(bench, async (session) => {
        const none = new Set<string>()
        const types = {
          ordered: none,
          spelled: none,
          orderedTexts: [],
        }
        const all = { named: none, wanted: null, areAllNamed: true, ...types }
        const create = async () => void (await createInput(session, source, { ...options, ...all }))
        const { hidden } = await createHiddenInput(session, create, ['country'], null)
        expect(hidden).toEqual(['email', 'age'])
        expect(await session.run('SELECT table_name FROM duckdb_tables()')).toEqual([['open_columns']])
        const below = await session.run("SELECT view_name FROM duckdb_views() WHERE schema_name = 'below'")
        expect(below).toEqual([])
        const described = await session.run('DESCRIBE input')
        expect(described.map(([name, type]) => [name, type])).toEqual([
          ['email', 'VARCHAR'],
          ['age', 'VARCHAR'],
          ['country', 'VARCHAR'],
        ])
        expect(await session.run('FROM input')).toEqual([
          ['•••', '•••', 'DE'],
          ['•••', '•••', 'FR'],
        ])
        for (const [less, more] of [
          ["email > 'b'", "email > 'a'"],
          ["age > '55'", "age > '54'"],
          ['email IS NULL', 'age IS NULL'],
        ])
          expect(await session.run(KNOWN_EMPTY(less ?? ''))).toEqual(
            await session.run(KNOWN_EMPTY(more ?? '')),
          )
      })
    },
  )
})

it('a session that is locked opens no other file and changes no setting', async () => {
  await using bench = await Workbench.open()
  const path = await bench.write('in.csv', 'id,email\n1,a@example.com\n')
  const other = await bench.write('other.csv', 'id,email\n2,b@example.com\n')
  const rows = {
    ...(await filesOf('csv', [path], { columns: ['id', 'email'] })),
    query: 'SELECT email FROM input',
  }
  await inSession(bench, async (session) => {
    const options = { limits: defaultLimits, tempDir: bench.dir, signal, onBytes: () => undefined }
    await lockSession(session, rows, { ...options, outputDir: null })
    expect(await session.run('SELECT email FROM input')).toEqual([['a@example.com']])
    await expect(session.run(`SELECT * FROM read_csv('${other}')`)).rejects.toThrow(
      /external access|disabled/i,
    )
    await expect(session.run(`COPY (SELECT 1) TO '${other}.copy'`)).rejects.toThrow(
      /external access|disabled/i,
    )
    for (const setting of ['enable_external_access = true', "memory_limit = '1TB'", 'threads = 8'])
      await expect(session.run(`SET ${setting}`)).rejects.toThrow(/locked|cannot be changed|Cannot/i)
  })
})
