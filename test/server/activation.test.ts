import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { openService, setUp } from './support.ts'
import type { Client, Service } from './support.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'

queriesRunHere()

/** A text becomes active only when its source says that it can be run, and where its addresses are; by whatever door it comes. */

let service: Service
let operator: Client
let database: SourceDatabase
const sources = { database: '', files: '', gone: '', cut: '', elsewhere: '' }
type Source = keyof typeof sources

beforeAll(async () => {
  service = await openService()
  operator = await service.as(['datagrid_operator'])
  database = await createSourceDatabase()
  const client = new Postgres({ connectionString: database.admin })
  await client.connect()
  await client.query(`create table customers as select 'ana@example.com' as email, 0 as n, '{x}'::text[] as tags,
    'a'::bytea as hash, '{}'::jsonb as profile`)
  await client.end()
  await writeFile(join(service.inputDir, 'customers.csv'), 'email,n,born\nana@example.com,1,2001-01-31\n')
  const files = { kind: 'files', folder: service.inputDir }
  const unreachable = 'postgres://reader:pw@127.0.0.1:9/shop'
  sources.database = await sourceOf({ kind: 'postgres', url: database.url })
  sources.files = await sourceOf({ ...files, files: ['customers.csv'] })
  sources.gone = await sourceOf({ ...files, files: ['gone.csv'] })
  await writeFile(join(service.inputDir, 'cut.parquet'), 'PAR1')
  sources.cut = await sourceOf({ ...files, files: ['cut.parquet'] })
  sources.elsewhere = await sourceOf({ kind: 'postgres', url: unreachable })
})

afterAll(async () => {
  await service.close()
  await database.drop()
})

let made = 0

async function sourceOf(place: object): Promise<string> {
  const body = { name: `source ${(made += 1)}`, ...place }
  return (await operator.ok<{ id: string }>('POST', '/data-sources', body)).id
}

async function draftOn(source: Source, sql: string): Promise<{ id: string; name: string }> {
  const name = `text ${(made += 1)}`
  return operator.ok('POST', '/queries', { name, dataSourceId: sources[source], draft: { sql } })
}

interface Failure {
  readonly error?: { readonly code: string; readonly message: string; readonly actions?: readonly object[] }
}

async function activation(
  client: Client,
  id: string,
  version = 1,
): Promise<Failure['error'] & { status: number }> {
  const { status, body } = await client.request<Failure>('POST', `/queries/${id}/activate`, { version })
  return { status, code: '', message: '', ...body.error }
}

/** What no source could run, or would find no addresses in. */
const wrong: readonly (readonly [Source, sql: string, code: string, words: string])[] = [
  [
    'database',
    'SELECT email, email FROM customers',
    'missing_email_column',
    'has 2 columns named "email", so it is unclear which one holds the addresses. Rename or remove one of them.',
  ],
  ['database', 'SELECT n FROM customers', 'missing_email_column', 'has no column "email". It has only "n".'],
  ['database', 'SELECT email FROM custmers', 'query_failed', '"custmers" does not exist, line 1, column 19'],
  [
    'database',
    'SELECT emial FROM customers',
    'query_failed',
    'Column "emial" does not exist, line 1, column 8',
  ],
  [
    'database',
    'SELECT tags AS email FROM customers',
    'missing_email_column',
    'is an array. Return one address',
  ],
  [
    'database',
    'SELECT hash AS email FROM customers',
    'missing_email_column',
    'is of type bytea. Return text:',
  ],
  ['database', 'SELECT profile AS email FROM customers', 'missing_email_column', 'is of type jsonb'],
  ['database', 'SELECT email FROM customers WHERE n = $1', 'query_failed', 'the parameter $1'],
  ['database', 'SELEC email FROM customers', 'query_failed', 'Begin the query with SELECT'],
  ['files', 'SELECT email, email FROM input', 'missing_email_column', 'has 2 columns named "email"'],
  ['files', 'SELECT n FROM input', 'missing_email_column', 'has no column "email". It has only "n".'],
  ['files', 'SELECT email FROM customers', 'query_failed', 'There is no table customers'],
  ['files', 'SELECT emial FROM input', 'query_failed', '"emial" not found'],
  ['files', 'SELECT n AS email FROM input', 'query_failed', 'holds BIGINT, not text'],
  ['files', 'SELECT [email] AS email FROM input', 'query_failed', 'not text'],
  ['files', "SELECT email FROM input WHERE born > 'x'::INTEGER", 'query_failed', 'cannot be activated'],
  ['files', 'SELECT email FROM input WHERE n = $1', 'query_failed', 'the parameter $1, which has no value'],
  ['files', 'SELEC email FROM input', 'query_failed', 'not valid SQL'],
  ['files', 'SELECT email FROM input /* to do', 'query_failed', 'unterminated /* comment'],
  ['gone', 'SELECT email FROM input', 'source_not_found', 'gone.csv'],
  // By the name that a run says, which begins at the folder of the data source.
  ['cut', 'SELECT email FROM input', 'source_damaged', '"cut.parquet"'],
  ['elsewhere', 'SELECT email FROM customers', 'source_not_found', 'No database answers at 127.0.0.1:9/shop'],
]

describe('a text that its source could not run', () => {
  test.each(wrong)('is not activated, over %s: %s', async (source, sql, code, words) => {
    const { id, name } = await draftOn(source, sql)
    const told = await activation(operator, id)
    expect(told.code).toBe(code)
    expect(told.message).toContain(`query "${name}" cannot be activated. `)
    expect(told.message).toContain(words)
    expect(told.actions?.length).toBeGreaterThan(0)
    expect(await operator.ok('GET', `/queries/${id}`)).toMatchObject({
      active: null,
      draft: { sql },
      version: 1,
    })
  })

  test('stops an apply before anything is changed, or after its data source when that is new', async () => {
    const query = { name: 'applied', active: { sql: 'SELECT emial FROM customers' } }
    const known = await operator.ok<{ name: string }>('GET', `/data-sources/${sources.database}`)
    const early = {
      version: 1,
      dataSources: [{ name: 'beside it', kind: 'files', folder: service.inputDir, files: ['customers.csv'] }],
      queries: [{ ...query, dataSource: known.name }],
    }
    expect(await applied(early)).toMatchObject({
      code: 'query_failed',
      message: expect.stringContaining('query "applied" cannot be activated. Column "emial"') as string,
      outcome: { applied: [], failed: { kind: 'query', name: 'applied' }, remaining: [{}, {}] },
    })
    const late = {
      ...early,
      queries: [{ name: 'applied', dataSource: 'beside it', active: { sql: 'SELECT n FROM input' } }],
    }
    expect(await applied(late)).toMatchObject({
      code: 'missing_email_column',
      message: expect.stringContaining('query "applied" cannot be activated. ') as string,
      outcome: { applied: [{ name: 'beside it' }], failed: { kind: 'query', name: 'applied' } },
    })
    const right = { ...late, queries: [{ ...late.queries[0], active: { sql: 'SELECT email FROM input' } }] }
    expect(await applied(right)).toBeUndefined()
  })
})

async function applied(document: object): Promise<object | undefined> {
  const administrator = await service.as(['datagrid_administrator'])
  const { digest } = await administrator.ok<{ digest: string }>('POST', '/configuration/plan', { document })
  const { body } = await administrator.request<Failure>('POST', '/configuration/apply', { document, digest })
  return body.error
}

describe('a text that its source can run', () => {
  // Each would fail or take for ever if it were run.
  test.each([
    ['database', 'SELECT email FROM customers WHERE 1 / n = 1'],
    ['database', 'SELECT email FROM customers WHERE pg_sleep(86400) IS NULL'],
    ['files', 'SELECT email FROM input WHERE CAST(email AS INTEGER) = 1'],
    ['files', "SELECT email FROM input, range(1000000000000) WHERE md5(email || range) = 'x'"],
    ['files', "SELECT email FROM input WHERE born < DATE '2002-01-01' AND n > 0"],
  ] as const)('is activated without being run, over %s: %s', async (source, sql) => {
    const { id } = await draftOn(source, sql)
    expect(await operator.ok('POST', `/queries/${id}/activate`, { version: 1 })).toMatchObject({
      notChecked: null,
    })
    expect(await operator.ok('GET', `/queries/${id}`)).toMatchObject({ active: { sql }, draft: null })
  })

  test('is activated as it was checked, and not when another was saved meanwhile', async () => {
    const { id } = await draftOn('files', 'SELECT email FROM input')
    await operator.ok('PATCH', `/queries/${id}`, { version: 1, draft: { sql: 'SELECT n FROM input' } })
    expect(await activation(operator, id)).toMatchObject({ code: 'changed_meanwhile' })
    const active = operator.ok<object>('GET', `/queries/${id}`)
    expect(await active).toMatchObject({ active: null, draft: { sql: 'SELECT n FROM input' } })
  })

  test('is activated once its source is there again', async () => {
    const { id } = await draftOn('gone', 'SELECT email FROM input')
    expect(await activation(operator, id)).toMatchObject({ code: 'source_not_found' })
    await writeFile(join(service.inputDir, 'gone.csv'), 'email\nana@example.com\n')
    expect(await activation(operator, id)).toMatchObject({ status: 200 })
    await rm(join(service.inputDir, 'gone.csv'))
  })
})

test('a text that chooses members by the order of rows is activated with a warning, which a preview shows too', async () => {
  const { id } = await draftOn('files', 'SELECT any_value(email) AS email FROM input GROUP BY n')
  const warnings = [expect.stringContaining('Unordered rows: the query uses any_value without ORDER BY.')]
  expect(await operator.ok('POST', `/queries/${id}/preview`, {})).toMatchObject({ warnings, unreadable: 0 })
  expect(await operator.ok('POST', `/queries/${id}/activate`, { version: 1 })).toMatchObject({ warnings })
})

test('a text whose files take too long to look through is activated as not checked, and every answer says so', async () => {
  const slow = await openService({ limits: { previewTimeoutMs: 1 } })
  onTestFinished(() => slow.close())
  const client = await slow.as(['datagrid_administrator'])
  const place = { name: 'large', kind: 'files', folder: service.inputDir, files: ['customers.csv'] }
  const { id: dataSourceId } = await client.ok<{ id: string }>('POST', '/data-sources', place)
  const draft = { sql: 'SELECT email FROM input' }
  const query = await client.ok<{ id: string }>('POST', '/queries', { name: 'one', dataSourceId, draft })
  const notChecked = 'Scanning the files took longer than 0.001 s (limit previewTimeoutMs).'
  expect(await client.ok('POST', `/queries/${query.id}/activate`, { version: 1 })).toMatchObject({
    notChecked,
  })
  const { items } = await client.ok<{ items: object[] }>('GET', '/activity')
  expect(items).toContainEqual(
    expect.objectContaining({ action: 'query.activated', detail: { notChecked } }) as object,
  )
  const document = { version: 1, queries: [{ name: 'other', dataSource: 'large', active: draft }] }
  const { digest } = await client.ok<{ digest: string }>('POST', '/configuration/plan', { document })
  expect(await client.ok('POST', '/configuration/apply', { document, digest })).toMatchObject({
    applied: [{ name: 'other', notChecked }],
  })
})

test('a person who may not activate learns nothing of the source by trying', async () => {
  const restricted = await service.as(['analyst'], ['restrict_pii_access'])
  const analyst = await service.as(['analyst'])
  const told = new Set<string>()
  for (const [source, sql] of [...wrong, ['files', 'SELECT email FROM input'] as const]) {
    const { id, name } = await draftOn(source, sql)
    const { status, code, message } = await activation(restricted, id)
    told.add(`${status} ${code} ${message.replaceAll(name, 'NAME')}`)
  }
  expect([...told]).toEqual([expect.stringMatching(/^403 access_denied .*"NAME" selects personal data/)])

  const { query, destination } = await setUp(service, operator, { emails: ['ana@example.com'] })
  await operator.ok('PATCH', `/destinations/${destination}`, { version: 1, adminOnly: true })
  await operator.ok('PATCH', `/queries/${query}`, { version: 2, draft: { sql: 'SELECT nothing FROM input' } })
  expect(await activation(analyst, query, 3)).toMatchObject({ status: 403, code: 'access_denied' })
  expect(await activation(operator, query, 3)).toMatchObject({ code: 'query_failed' })
})

test('a person whose access ends at what the query is sent to, while its source is asked, activates nothing', async () => {
  const analyst = await service.as(['analyst'])
  const { query, destination } = await setUp(service, operator, { emails: ['ana@example.com'] })
  // Made over a file, and moved to where a test can keep it waiting.
  await allWorkspaces(service.platform.store.db)
    .updateTable('query')
    .set({ data_source_id: sources.database })
    .where('id', '=', query)
    .execute()
  await operator.ok('PATCH', `/queries/${query}`, {
    version: 2,
    draft: { sql: 'SELECT email FROM customers' },
  })
  const holder = new Postgres({ connectionString: database.admin })
  await holder.connect()
  await holder.query('begin')
  await holder.query('lock table customers in access exclusive mode')
  const trying = activation(analyst, query, 3)
  await expect
    .poll(
      async () =>
        (await holder.query(`select from pg_locks where not granted and relation = 'customers'::regclass`))
          .rowCount,
      { timeout: 180_000 },
    )
    .toBe(1)
  await operator.ok('PATCH', `/destinations/${destination}`, { version: 1, adminOnly: true })
  await holder.query('commit')
  await holder.end()
  expect(await trying).toMatchObject({ status: 403, code: 'access_denied' })
  expect(await operator.ok('GET', `/queries/${query}`)).toMatchObject({
    active: { sql: 'SELECT email FROM input' },
    draft: { sql: 'SELECT email FROM customers' },
  })
})
