import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import { countPostgres, listPostgresTables, previewPostgres } from '../../src/sources/postgres/preview.ts'
import type { PostgresPreviewOptions } from '../../src/sources/postgres/preview.ts'
import { createTestDatabase } from '../support/database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let admin: Client

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false })
  admin = new Client({ connectionString: database.url })
  await admin.connect()
  await admin.query(`
    CREATE TABLE customer (id int PRIMARY KEY, email text, spent numeric(14,2), vip boolean, born date, tags text[]);
    INSERT INTO customer VALUES
      (1, 'ann@example.com', 12.50, true, '1990-01-31', '{a,b}'), (2, NULL, NULL, NULL, NULL, NULL),
      (3, E'tab\\tline\\nback\\\\slash', 12345678901, false, '2000-02-29', '{}');
    CREATE FUNCTION remember() RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO customer VALUES (99, 'x@example.com'); RETURN 'done'; END $$;
    CREATE SCHEMA sales;
    CREATE TABLE sales."Order" (id bigint, total numeric(10,2), secret text);
    CREATE TABLE sales.log (at timestamptz, note varchar(20)) PARTITION BY RANGE (at);
    CREATE TABLE sales.log_2024 PARTITION OF sales.log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE VIEW best AS SELECT id, email FROM customer;
    CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS customers FROM customer;
  `)
})

afterAll(async () => {
  await admin.end()
  await database.drop()
})

function optionsOf(query: string, options: Partial<PostgresPreviewOptions> = {}): PostgresPreviewOptions {
  const { signal } = new AbortController()
  return {
    url: database.url,
    query,
    emailColumn: 'email',
    rowsMax: 100,
    limits: defaultLimits,
    signal,
    ...options,
  }
}

const preview = async (query: string, options: Partial<PostgresPreviewOptions> = {}) =>
  previewPostgres(optionsOf(query, options))
const tablesOf = async (url = database.url) =>
  listPostgresTables({ url, limits: defaultLimits, signal: new AbortController().signal })
const count = async (query: string, options: Partial<PostgresPreviewOptions> = {}) =>
  countPostgres(optionsOf(query, options))

async function failureOf(work: Promise<unknown>): Promise<RollcallError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRollcallError(error)) throw new Error('no error of the catalogue', { cause: error })
  expect(JSON.stringify(error.report()) + String(error.stack)).not.toContain('@example')
  return error
}

const SOON = { interval: 1 }

/** Queries of ours that run at this moment. */
async function running(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'rollcall' AND datname = current_database()",
  )
  return rows[0]?.count ?? 0
}

describe('a preview', () => {
  test('shows all columns with their types, and values as text or number', async () => {
    expect(await preview('SELECT * FROM customer ORDER BY id;')).toEqual({
      columns: [
        { name: 'id', type: 'integer', hidden: false },
        { name: 'email', type: 'text', hidden: false },
        { name: 'spent', type: 'numeric(14,2)', hidden: false },
        { name: 'vip', type: 'boolean', hidden: false },
        { name: 'born', type: 'date', hidden: false },
        { name: 'tags', type: 'text[]', hidden: false },
      ],
      columnsTotal: 6,
      rows: [
        [1, 'ann@example.com', 12.5, true, '1990-01-31', '{a,b}'],
        [2, null, null, null, null, null],
        [3, 'tab\tline\nback\\slash', 12_345_678_901, false, '2000-02-29', '{}'],
      ],
      rowCount: 3,
      emailColumnProblem: null,
    })
  })

  test('stops at the rows wanted, of which it knows whether they are all', async () => {
    const three = 'SELECT * FROM customer ORDER BY id DESC'
    expect(await preview(three, { rowsMax: 2 })).toMatchObject({
      rowCount: null,
      rows: [
        [3, expect.anything(), 12_345_678_901, false, '2000-02-29', '{}'],
        [2, null, null, null, null, null],
      ],
    })
    expect(await preview(three, { rowsMax: 3 })).toMatchObject({ rowCount: 3 })
    expect(await preview('SELECT * FROM customer WHERE false')).toMatchObject({
      rowCount: 0,
      rows: [],
      columnsTotal: 6,
    })
  })

  test('of a result without end or measure comes at once and small', async () => {
    const endless =
      "SELECT 'c' || generate_series(1, 1000000000) || '@example.com' AS email, repeat('x', 100000) AS long"
    const { rows, rowCount } = await preview(endless)
    expect(rowCount).toBeNull()
    expect(rows.length).toBe(100)
    expect(rows[99]).toEqual(['c100@example.com', `${'x'.repeat(500)}…`])
    await expect.poll(running, SOON).toBe(0)
  })

  test('of very many columns shows the first of them with shorter values', async () => {
    const columns = Array.from({ length: 1_600 }, (_, index) => `repeat('x', 1000) AS c${index}`).join(', ')
    const shown = await preview(`SELECT ${columns} FROM generate_series(1, 200)`)
    expect(shown.columnsTotal).toBe(1_600)
    expect(shown.columns.length).toBe(500)
    expect(JSON.stringify(shown).length).toBeLessThan(20_000_000)
    expect(shown.emailColumnProblem).toContain('and 1,590 more')
  })

  test('keeps columns of one name apart', async () => {
    const shown = await preview('SELECT 1 AS email, 2 AS email, 3 AS c0, 4')
    expect(shown.rows).toEqual([[1, 2, 3, 4]])
    expect(shown.columns.map(({ name }) => name)).toEqual(['email', 'email', 'c0', '?column?'])
    expect(shown.emailColumnProblem).toContain('2 columns named "email"')
  })

  test('tells a missing e-mail column without being an error', async () => {
    expect((await preview('SELECT id, email AS mail FROM customer')).emailColumnProblem).toContain(
      'It has "id", "mail"',
    )
    expect(await preview('SELECT FROM customer')).toMatchObject({
      columns: [],
      rows: [[], [], []],
      rowCount: 3,
    })
  })

  test.each([
    [
      "SELECT 1::smallint, 2::bigint, 1.5::real, 'NaN'::float8, 12345678901234567890::numeric",
      [1, 2, 1.5, 'NaN', '12345678901234567890'],
    ],
    [
      `SELECT '{"a":1}'::json, '{"a": 1}'::jsonb, '\\x00ff'::bytea, '1 day'::interval`,
      ['{"a":1}', '{"a": 1}', '\\x00ff', '1 day'],
    ],
    [
      "SELECT row(1, 'x'), ARRAY[1,2], pg_sleep(0), 'pg_class'::regclass, 'ab'::char(5)",
      ['(1,x)', '{1,2}', '', 'pg_class', 'ab'],
    ],
    ["SELECT NULL, 'x'", [null, 'x']],
    ['TABLE best LIMIT 1', [1, 'ann@example.com']],
    ['VALUES (1, true)', [1, true]],
    ['WITH x AS (SELECT 7 AS n) SELECT n FROM x -- the end', [7]],
  ])('shows every type: %s', async (query, row) => {
    expect((await preview(query)).rows).toEqual([row])
  })

  test.each([
    ['a syntax error, with its place', 'SELECT email\nFROM customer\n  WHRE id = 1', 'line 3, column 8'],
    ['an unknown table', 'SELECT email FROM customers', 'relation "customers" does not exist'],
    ['nothing', ' -- nothing', 'empty'],
    ['several statements', 'SELECT 1; SELECT 2', 'several statements'],
    ['a write', 'DELETE FROM customer', 'read-only'],
    ['a write within', 'WITH x AS (DELETE FROM customer RETURNING 1) SELECT 1', 'WITH'],
    ['a function that writes', 'SELECT remember()', 'read-only'],
    [
      'a way out of the parentheses',
      "SELECT 1) q(c0) UNION ALL SELECT repeat('x', 1000) FROM (SELECT 1",
      'never opened',
    ],
    ['a cast that quotes a row', 'SELECT email::int FROM customer', 'cannot be read as the type'],
    ['an attempt to end the transaction', 'SELECT 1; COMMIT', 'several statements'],
  ])('fails with its cause for %s', async (_, query, words) => {
    const { code, message } = await failureOf(preview(query))
    expect(code).toBe('query_failed')
    expect(message).toContain(words)
    await expect.poll(running, SOON).toBe(0)
  })

  test('is over when its time is, here and in the database', async () => {
    const limits = { ...defaultLimits, previewTimeoutMs: 200 }
    for (const work of [preview, count]) {
      const query = 'SELECT pg_sleep(60)::text AS email ORDER BY email'
      const { code, message } = await failureOf(work(query, { limits }))
      expect(code).toBe('query_failed')
      expect(message).toContain('previewTimeoutMs')
      await expect.poll(running, SOON).toBe(0)
    }
  })

  test('ends when whoever asked has left', async () => {
    const controller = new AbortController()
    const waiting = preview('SELECT pg_sleep(600)', { signal: controller.signal })
    await expect.poll(running, SOON).toBe(1)
    controller.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    await expect.poll(running, SOON).toBe(0)
  })

  test('leaves the table as it was', async () => {
    const { rows } = await admin.query('SELECT id FROM customer')
    expect(rows.length).toBe(3)
  })
})

describe('a count', () => {
  test('is of all rows', async () => {
    expect(await count('SELECT id, email FROM customer;')).toBe(3)
    expect(await count('SELECT email FROM customer WHERE false')).toBe(0)
    expect(await count("SELECT generate_series(1, 300000) || '@example.com' AS email -- x")).toBe(300_000)
  })

  test.each([
    ['no column "email"', 'SELECT id FROM customer'],
    ['2 columns named "email"', 'SELECT email, email FROM customer'],
    ['bytea', "SELECT 'x'::bytea AS email"],
  ])('is refused as a run would be: %s', async (words, query) => {
    const refused = await failureOf(count(query))
    expect([refused.code, refused.message]).toEqual(['missing_email_column', expect.stringContaining(words)])
  })

  test('has the same safety', async () => {
    expect((await failureOf(count('DELETE FROM customer'))).code).toBe('query_failed')
    expect((await failureOf(count('SELECT 1; SELECT 2'))).message).toContain('several')
    const unreachable = await failureOf(count('SELECT 1', { url: 'postgres://user:sesame@127.0.0.1:1/x' }))
    expect(unreachable.code).toBe('source_not_found')
    expect(unreachable.message).not.toContain('sesame')
  })
})

describe('tables', () => {
  test('are listed with columns and types, views too, parts of tables not', async () => {
    expect(await tablesOf()).toEqual([
      {
        schema: null,
        name: 'best',
        columns: [
          { name: 'id', type: 'integer' },
          { name: 'email', type: 'text' },
        ],
      },
      {
        schema: null,
        name: 'customer',
        columns: [
          { name: 'id', type: 'integer' },
          { name: 'email', type: 'text' },
          { name: 'spent', type: 'numeric(14,2)' },
          { name: 'vip', type: 'boolean' },
          { name: 'born', type: 'date' },
          { name: 'tags', type: 'text[]' },
        ],
      },
      { schema: null, name: 'sums', columns: [{ name: 'customers', type: 'bigint' }] },
      {
        schema: 'sales',
        name: 'Order',
        columns: [
          { name: 'id', type: 'bigint' },
          { name: 'total', type: 'numeric(10,2)' },
          { name: 'secret', type: 'text' },
        ],
      },
      {
        schema: 'sales',
        name: 'log',
        columns: [
          { name: 'at', type: 'timestamp with time zone' },
          { name: 'note', type: 'character varying(20)' },
        ],
      },
    ])
  })

  test('are only those that the user may read, down to the column', async () => {
    const role = `reader_${new URL(database.url).pathname.slice(1)}`
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reads'; GRANT USAGE ON SCHEMA sales TO ${role};
      GRANT SELECT (id, total) ON sales."Order" TO ${role}; GRANT SELECT ON best TO ${role}; GRANT INSERT ON customer TO ${role}`)
    try {
      const address = database.url.replace(/user=.*$/, `user=${role}&password=reads`)
      const tables = await tablesOf(address)
      expect(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)])).toEqual([
        ['best', ['id', 'email']],
        ['Order', ['id', 'total']],
      ])
    } finally {
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  test('of a very wide database stop at 2,000 columns', async () => {
    await admin.query(`CREATE SCHEMA wide; DO $$ BEGIN FOR i IN 1..3 LOOP
      EXECUTE format('CREATE TABLE wide.t%s (%s)', i, (SELECT string_agg('c' || n || ' int', ', ') FROM generate_series(1, 900) n));
      END LOOP; END $$`)
    try {
      expect((await tablesOf()).reduce((sum, { columns }) => sum + columns.length, 0)).toBe(2_000)
    } finally {
      await admin.query('DROP SCHEMA wide CASCADE')
    }
  })
})

test('a large object that a preview or a count makes is undone', async () => {
  // Newer versions refuse it in a read-only transaction.
  await preview('SELECT lo_create(0)::text AS email').catch(() => null)
  await count('SELECT lo_create(0)::text AS email').catch(() => null)
  const { rows } = await admin.query('SELECT oid FROM pg_largeobject_metadata')
  expect(rows).toEqual([])
})
