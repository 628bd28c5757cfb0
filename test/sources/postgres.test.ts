import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import type { SourceOptions } from '../../src/sources/open-source.ts'
import { createTestDatabase } from '../support/database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let admin: Client

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false })
  admin = new Client({ connectionString: database.url })
  await admin.connect()
  await admin.query(`
    CREATE TABLE customer (id int PRIMARY KEY, email text, name text);
    INSERT INTO customer VALUES
      (1, 'ann@example.com', 'Ann'), (2, NULL, 'Lee'), (3, '', 'Kim'), (4, E'tab\\tline\\nreturn\\rback\\\\slash', 'Odd'),
      (5, E'\\\\N', 'Null'), (6, 'zoé@例え.test', 'Zoé'), (7, E'\\\\.', 'End'), (8, ' LAST@example.com ', 'Last');
    CREATE FUNCTION remember() RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO customer VALUES (99, 'x@example.com', 'X'); RETURN 'done'; END $$;
    CREATE FUNCTION complain() RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'bad customer ann@example.com'; END $$;
  `)
})

afterAll(async () => {
  await admin.end()
  await database.drop()
})

async function open(query: string, options: Partial<SourceOptions> = {}) {
  const opened = await openSource({
    from: [database.url],
    cwd: '/',
    query,
    emailColumn: 'email',
    limits: defaultLimits,
    signal: new AbortController().signal,
    ...options,
  })
  if (opened.rows.kind !== 'stream') throw new Error('not a stream')
  return { ...opened, rows: opened.rows }
}

async function valuesOf(query: string, options: Partial<SourceOptions> = {}) {
  const { rows } = await open(query, options)
  const values: (string | null)[] = []
  for await (const chunk of rows.read(options.signal ?? new AbortController().signal)) values.push(...chunk)
  return values
}

async function failureOf(work: Promise<unknown>): Promise<RollcallError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRollcallError(error)) throw new Error('no error of the catalogue', { cause: error })
  expect(JSON.stringify(error.report()) + String(error.stack)).not.toMatch(/sesame|@example/)
  return error
}

const SOON = { interval: 1 }

/** Queries of ours that run at this moment, ourselves left aside. */
async function running(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'rollcall' AND datname = current_database()",
  )
  return rows[0]?.count ?? 0
}

/** Whether our query comes to a halt because nobody takes its rows: in twenty looks on end it waits for the client. */
async function waitsForReader(): Promise<boolean> {
  let looks = 0
  const hasHalted = async (): Promise<boolean> => {
    const { rows } = await admin.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'rollcall' AND datname = current_database() AND wait_event = 'ClientWrite'",
    )
    looks = rows.length === 1 ? looks + 1 : 0
    return looks === 20
  }
  return vi.waitUntil(hasHalted, { interval: 1, timeout: 180_000 })
}

describe('values of a query', () => {
  test('arrive as they are, in the order of the query', async () => {
    expect(await valuesOf('SELECT * FROM customer ORDER BY id')).toEqual([
      'ann@example.com',
      null,
      '',
      'tab\tline\nreturn\rback\\slash',
      '\\N',
      'zoé@例え.test',
      '\\.',
      ' LAST@example.com ',
    ])
  })

  test('arrive whatever ends the query', async () => {
    for (const end of ['', ';', ' ; ', '; -- done', ' -- done', '\n/* done */;', ' -- x\n;;']) {
      expect(await valuesOf(`SELECT email FROM customer WHERE id = 1${end}`)).toEqual(['ann@example.com'])
    }
  })

  test('may come from a column of another name or type', async () => {
    expect(
      await valuesOf(`SELECT name AS "E ""Mail" FROM customer WHERE id = 1`, { emailColumn: 'e "mail' }),
    ).toEqual(['Ann'])
    expect(await valuesOf("SELECT 'ab'::char(5) AS email")).toEqual(['ab'])
    expect(await valuesOf('SELECT 7 AS email UNION ALL SELECT 8 ORDER BY 1')).toEqual(['7', '8'])
  })

  test('none at all is no error', async () => {
    expect(await valuesOf('SELECT email FROM customer WHERE false')).toEqual([])
  })

  test('are streamed in chunks of some thousand, and leaving early ends the query in the database', async () => {
    const { rows } = await open("SELECT 'c' || generate_series(1, 100000000) || '@example.com' AS email")
    let seen = 0
    for await (const chunk of rows.read(new AbortController().signal)) {
      expect(chunk.length).toBeLessThan(20_000)
      seen += chunk.length
      if (seen > 10_000) break
    }
    await expect.poll(running, SOON).toBe(0)
  })

  test('wait in the database while the reader is slow', async () => {
    const { rows } = await open("SELECT 'c' || generate_series(1, 100000000) || '@example.com' AS email")
    const reader = rows.read(new AbortController().signal)[Symbol.asyncIterator]()
    await reader.next()
    expect(await waitsForReader()).toBe(true)
    await reader.return?.()
    await expect.poll(running, SOON).toBe(0)
  })

  test('longer than the limit are cut and do not disturb the others', async () => {
    const values = await valuesOf("SELECT repeat('x', 5000000) AS email UNION ALL SELECT 'ann@example.com'")
    expect(values[0]?.length).toBe(defaultLimits.fieldBytesMax)
    expect(values[1]).toBe('ann@example.com')
  })

  test('can be read twice', async () => {
    const { rows } = await open('SELECT email FROM customer WHERE id = 1')
    for (let turn = 0; turn < 2; turn += 1) {
      for await (const chunk of rows.read(new AbortController().signal))
        expect(chunk).toEqual(['ann@example.com'])
    }
  })
})

test('the description names host and database and nothing else', async () => {
  const { description } = await open('SELECT email FROM customer')
  expect(description).toMatch(/^a query in postgres:\/\/[^@?]+\/\w+$/)
  await expect.poll(running, SOON).toBe(0)
})

describe('the e-mail column', () => {
  test.each([
    ['SELECT id, name FROM customer', 'It has "id", "name"'],
    ['SELECT email AS "Email Address" FROM customer', 'It has only "Email Address".'],
    ['SELECT email, name AS email FROM customer', '2 columns named "email"'],
    ['SELECT FROM customer', 'no named columns'],
    ["SELECT sha256('x') AS email", 'is of type bytea. Return text: encode("email", \'hex\')'],
    ["SELECT '{}'::json AS email", 'is of type json'],
    ["SELECT '{}'::jsonb AS email", 'is of type jsonb'],
    ["SELECT array['ann@example.com'] AS email", 'is an array'],
    ["SELECT array['a'::varchar] AS email", 'is an array'],
  ])('is missed in %s', async (query, words) => {
    const { code, message } = await failureOf(open(query))
    expect(code).toBe('missing_email_column')
    expect(message).toContain(words)
  })
})

describe('a query that fails', () => {
  test.each([
    [
      'a syntax error, with its place',
      'SELECT email\nFROM customer\n  WHRE id = 1',
      'syntax error at or near "id", line 3, column 8',
    ],
    [
      'an unknown table',
      'SELECT email FROM customers',
      'relation "customers" does not exist, line 1, column 19',
    ],
    ['a place after signs beyond U+FFFF', "SELECT '\u{1f600}', x FROM customer", 'line 1, column 13'],
    ['several statements', 'SELECT email FROM customer; DROP TABLE customer', 'several statements'],
    ['a write', 'DELETE FROM customer RETURNING email', 'read-only'],
    ['a write within', 'WITH x AS (DELETE FROM customer RETURNING email) SELECT email FROM x', 'WITH'],
    [
      'breaking out of the parentheses',
      'SELECT 1) q; DROP TABLE customer; SELECT * FROM (SELECT 1',
      'several statements',
    ],
    ['breaking out without a semicolon', 'SELECT email FROM customer) TO STDOUT --', 'never opened'],
    ['a query that ends too early', 'SELECT email FROM customer WHERE', 'is incomplete'],
    ['a parameter', 'SELECT email FROM customer WHERE id = $1', 'the parameter $1'],
    [
      'a comment that is never closed',
      'SELECT email FROM customer /* x',
      'a comment is opened and never closed',
    ],
    ['a dollar-quoted trap', 'SELECT $a$; $a$ FROM nowhere', 'does not exist'],
  ])('%s', async (_, query, words) => {
    const { code, message } = await failureOf(open(query))
    expect(code).toBe('query_failed')
    expect(message).toContain(words)
  })

  test.each([
    ['a function that writes', 'SELECT remember() AS email', 'read-only'],
    ['a function that complains', 'SELECT complain() AS email', 'a function in the database raised an error'],
    [
      'a cast that quotes a row',
      'SELECT email::int::text AS email FROM customer',
      'cannot be read as the type it is cast to',
    ],
    [
      'a division by zero in the middle',
      'SELECT (1 / (70000 - n))::text AS email FROM generate_series(1, 99999) n',
      'division by zero',
    ],
    ['a name that is an address', 'SELECT "ann@example.com" AS email', 'not shown'],
  ])('%s', async (_, query, words) => {
    const { code, message } = await failureOf(valuesOf(query))
    expect(code).toBe('query_failed')
    expect(message).toContain(words)
  })

  test('takes too long', async () => {
    const limits = { ...defaultLimits, queryTimeoutMs: 300 }
    const { code, message } = await failureOf(valuesOf('SELECT pg_sleep(60)::text AS email', { limits }))
    expect(code).toBe('query_failed')
    expect(message).toContain('longer than 0.3 s')
  })

  test('leaves the table as it was', async () => {
    const { rows } = await admin.query('SELECT id FROM customer')
    expect(rows.length).toBe(8)
  })
})

describe('a database', () => {
  test('whose connection breaks in the middle is an error and never a shorter result', async () => {
    const { rows } = await open("SELECT 'c' || generate_series(1, 100000000) || '@example.com' AS email")
    const read = async () => {
      let first = true
      for await (const chunk of rows.read(new AbortController().signal)) {
        expect(chunk.length).toBeGreaterThan(0)
        if (!first) continue
        first = false
        await admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rollcall' AND datname = current_database()",
        )
      }
    }
    const error = await failureOf(read())
    expect(error.code).toBe('query_failed')
    expect(error.passing).toBe(true)
  })

  test.each([
    [
      'that does not exist',
      () => database.url.replace(/\/\w+(?=\?|$)/, '/nowhere'),
      'there is no such database',
    ],
    [
      'on a closed port',
      () => 'postgres://user:sesame@127.0.0.1:1/x',
      'no database answers at 127.0.0.1:1/x',
    ],
    ['where there is no folder', () => 'postgres:///x?host=/nowhere', 'no database answers at /nowhere/x'],
    ['where a file lies', () => 'postgres:///x?host=/etc/passwd', 'no database answers at /etc/passwd/x'],
    ['on an unknown host', () => 'postgres://user:sesame@nowhere.invalid/x', 'is unknown'],
  ])('%s', async (_, url, words) => {
    const { code, message } = await failureOf(open('SELECT email FROM customer', { from: [url()] }))
    expect(code).toBe('source_not_found')
    expect(message).toContain(words)
  })

  test('whose address cannot be read is told without the address', async () => {
    const { code } = await failureOf(open('SELECT 1 AS email', { from: ['postgres://user:sesame%@/x:y'] }))
    expect(code).toBe('source_not_found')
  })
})

describe('an abort', () => {
  test('ends a running query here and in the database, with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('stopped')
    const { rows } = await open('SELECT pg_sleep(600)::text AS email')
    const reading = rows.read(controller.signal)[Symbol.asyncIterator]().next()
    await expect.poll(running, SOON).toBe(1)
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect.poll(running, SOON).toBe(0)
  })

  test('does not wait for a host that never answers', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const reason = new Error('stopped')
    const controller = new AbortController()
    silent.once('connection', () => controller.abort(reason))
    const opening = open('SELECT 1 AS email', {
      from: [`postgres://127.0.0.1:${port}/x`],
      signal: controller.signal,
    })
    await expect(opening).rejects.toBe(reason)
    await new Promise((resolve) => silent.close(resolve))
  })
})

test('nothing that a query does outlives it: no large object, no message, no lock, no setting', async () => {
  const heard: string[] = []
  admin.on('notification', ({ payload }) => heard.push(payload ?? ''))
  await admin.query('LISTEN surviving')
  // Newer versions refuse these in a read-only transaction.
  await valuesOf('SELECT lo_create(0)::text AS email').catch(() => [])
  await valuesOf("SELECT lo_from_bytea(0, 'kept')::text AS email").catch(() => [])
  await valuesOf("SELECT pg_notify('surviving', 'x')::text AS email")
  await valuesOf('SELECT pg_advisory_lock(4711)::text AS email')
  await valuesOf("SELECT set_config('work_mem', '77MB', false) AS email")
  const { rows } = await admin.query('SELECT oid FROM pg_largeobject_metadata')
  expect(rows).toEqual([])
  // Messages come before the answer to a later query.
  await admin.query("SELECT pg_notify('surviving', 'the end')")
  expect(heard).toEqual(['the end'])
  const { rows: locks } = await admin.query(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711",
  )
  expect(locks).toEqual([])
})

const COPY_ROW = 0x64
const HEADER_BYTES = 5

/** A message of the database at a time, but for the first row of each result that is copied. */
function* withoutFirstRow(): Generator<Buffer, void, Buffer> {
  let held = yield Buffer.alloc(0)
  for (let isFirst = true; ;) {
    let passed = Buffer.alloc(0)
    while (held.length >= HEADER_BYTES && held.length > held.readUInt32BE(1)) {
      const end = held.readUInt32BE(1) + 1
      if (held[0] !== COPY_ROW || !isFirst) passed = Buffer.concat([passed, held.subarray(0, end)])
      else isFirst = false
      held = held.subarray(end)
    }
    held = Buffer.concat([held, yield passed])
  }
}

test('a row that is lost on the way is missed', async () => {
  const target = new URL(database.url)
  const path = `${target.searchParams.get('host')}/.s.PGSQL.${target.searchParams.get('port')}`
  const between = createServer((client) => {
    const server = createConnection({ path })
    const filter = withoutFirstRow()
    filter.next()
    client
      .on('data', (bytes) => server.write(bytes))
      .on('close', () => server.destroy())
      .on('error', () => {})
    server.on('data', (bytes) => client.write(filter.next(bytes as Buffer).value ?? '')).on('error', () => {})
    server.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(between, 'listening')
  const { port } = between.address() as AddressInfo
  const { user, password } = Object.fromEntries(target.searchParams)
  const from = [`postgres://${user}:${password}@127.0.0.1:${port}${target.pathname}`]
  const failed = valuesOf("SELECT 'a' || n AS email FROM generate_series(1, 3) n", { from })
  expect(await failureOf(failed)).toMatchObject({ code: 'query_failed' })
  await new Promise((resolve) => between.close(resolve))
})
