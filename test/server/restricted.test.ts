import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { TWINS } from '../engines/twins.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { openService, people, runOf, setUp, started } from './support.ts'
import type { Client, Ids, Service } from './support.ts'
import { allWorkspaces, inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { localPrincipal } from '../../src/access/permissions.ts'
import { getQuery } from '../../src/workspace/queries.ts'

queriesRunHere()

/** People who may not see personal data, or not every destination: what they can neither find out nor change. */

let service: Service
let operator: Client
let analyst: Client
let restricted: Client
let limited: Client

beforeAll(async () => {
  service = await openService()
  await service.startWorker()
  operator = await service.as(['datagrid_operator'])
  analyst = await service.as(['analyst'])
  restricted = await service.as(['analyst'], ['restrict_pii_access'])
  limited = await service.as(['analyst'], ['allow_limited_pii_access'])
})

afterAll(async () => {
  await service.close()
})

interface QueryView {
  readonly id: string
  readonly version: number
  readonly active: { readonly sql: string } | null
  readonly draft: { readonly sql: string } | null
  readonly draftBy: { readonly name: string } | null
  readonly activationRefused: string | null
  readonly orchestrations: readonly object[]
  readonly hiddenOrchestrations: number
  readonly lastRun: { readonly rows: number | null; readonly workflow: string | null } | null
}

const queryOf = async (client: Client, { query }: Pick<Ids, 'query'>): Promise<QueryView> =>
  client.ok('GET', `/queries/${query}`)

async function edit(client: Client, ids: Ids, sql: string): Promise<QueryView> {
  const { version } = await queryOf(client, ids)
  return client.ok('PATCH', `/queries/${ids.query}`, { version, draft: { sql } })
}

async function refusal(client: Client, method: string, path: string, body?: object): Promise<string> {
  const { status, body: answer } = await client.request<{ error: { code: string; message: string } }>(
    method,
    path,
    body,
  )
  return `${status} ${answer.error?.code}: ${answer.error?.message}`
}

describe('what is sent', () => {
  test.each([
    ['may not see personal data', () => restricted, {}, /to a destination that your access does not include/],
    ['does not see an Admin-only destination', () => analyst, { adminOnly: true }, /to a destination that/],
    [
      'sees the destination but no personal data',
      () => limited,
      { limitedPii: true },
      /personal data, which/,
    ],
  ])('is not changed by a person who %s', async (_, who, setting, reason) => {
    const client = who()
    const ids = await setUp(service, operator, { emails: people(120) })
    await operator.ok('PATCH', `/destinations/${ids.destination}`, { version: 1, ...setting })
    const draft = await edit(client, ids, "SELECT 'mallory@example.com' AS email FROM input")
    const path = `/queries/${ids.query}`
    expect(draft.activationRefused).toMatch(reason)
    expect(await refusal(client, 'POST', `${path}/activate`, { version: draft.version })).toMatch(
      /^403 access_denied: .*The draft stays\./,
    )
    const seen = await queryOf(operator, ids)
    expect(seen).toMatchObject({ version: draft.version, active: { sql: 'SELECT email FROM input' } })
    expect(seen.draftBy?.name).toMatch(/^test /)
    expect(seen.activationRefused).toBeNull()
    const activated = await operator.ok<QueryView>('POST', `${path}/activate`, { version: seen.version })
    expect(activated).toMatchObject({ draft: null, draftBy: null })
  })

  test('is not stopped by a threshold, nor moved by a schedule, of a person who does not see the destination', async () => {
    const ids = await setUp(service, operator, { emails: people(120) })
    const { version } = await queryOf(restricted, ids)
    const path = `/queries/${ids.query}`
    expect(await refusal(restricted, 'PATCH', path, { version, thresholds: { failAbove: 0 } })).toMatch(
      /^403 access_denied: .*thresholds/,
    )
    const named = await restricted.ok<QueryView>('PATCH', path, {
      version,
      description: 'seen',
      thresholds: {},
    })
    expect(named.version).toBe(version + 1)
    const schedule = { version: 1, automatic: true, cron: '* * * * *' }
    const orchestration = `/orchestrations/${ids.orchestration}`
    const refused = `404 not_found: Not found: there is no orchestration ${ids.orchestration}, or your access does not include it.`
    expect(await refusal(restricted, 'PATCH', orchestration, schedule)).toBe(refused)
    expect(await refusal(restricted, 'POST', `${orchestration}/run`)).toBe(refused)
    // One who sees it and may not use it is told what is missing.
    const reader = await service.as(['analyst_read_only'])
    await reader.ok('GET', orchestration)
    expect(await refusal(reader, 'PATCH', orchestration, schedule)).toBe(
      '403 access_denied: Access denied: your policies do not allow "edit, enable or disable an orchestration". Ask an administrator.',
    )
    expect(await operator.ok('GET', orchestration)).toMatchObject({
      version: 1,
      automatic: false,
    })
    expect(await refusal(restricted, 'POST', '/configuration/apply', {})).toMatch(/^403/)
    expect(await refusal(restricted, 'PATCH', `/data-sources/${ids.dataSource}`, { version: 1 })).toMatch(
      /^403/,
    )
    expect(await refusal(restricted, 'POST', '/api-keys', { name: 'k', policies: ['analyst'] })).toMatch(
      /^403/,
    )
  })

  test('is counted without what a person may not see, and what a run found stays with those who see the run', async () => {
    const ids = await setUp(service, operator, { emails: people(120) })
    await runOf(service, operator, ids)
    expect(await queryOf(operator, ids)).toMatchObject({ hiddenOrchestrations: 0, lastRun: { rows: 120 } })
    const seen = await queryOf(restricted, ids)
    expect(seen.orchestrations).toEqual([])
    expect(seen).toMatchObject({ hiddenOrchestrations: 1, status: 'activated', lastRun: null })
    const { items } = await restricted.ok<{ items: QueryView[] }>('GET', '/queries')
    expect(items.find(({ id }) => id === ids.query)).toEqual(seen)
    expect(await statusWhileRunning(ids)).toEqual(['running', 'activated'])
  })
})

/** What an operator and a restricted analyst see of a query while a workflow of it runs. */
async function statusWhileRunning({ query }: Ids): Promise<string[]> {
  const statuses: string[] = []
  const undone = new Error('Only looked at.')
  const looked = service.platform.store.db.transaction().execute(async (db) => {
    const own = inWorkspace(db, PRODUCTION)
    await own.updateTable('workflow').set({ state: 'running' }).where('query_id', '=', query).execute()
    for (const who of [['datagrid_operator'], ['analyst', 'restrict_pii_access']] as const) {
      const [policy, ...options] = who
      const principal = { ...localPrincipal, policies: [policy], options }
      statuses.push((await getQuery(own, principal, query)).status)
    }
    throw undone
  })
  await expect(looked).rejects.toBe(undone)
  return statuses
}

test('a person who may send and sees no personal data gets no part of an address from a workflow', async () => {
  const ids = await setUp(service, operator, { emails: [...people(120), 'not an address'] })
  await operator.ok('PATCH', `/destinations/${ids.destination}`, { version: 1, limitedPii: true })
  const { id } = await started(service, operator, `/orchestrations/${ids.orchestration}/plan`)
  interface Seen {
    readonly rejects: boolean
    readonly difference: { readonly added: number; readonly sample: object | null } | null
  }
  const full = await operator.ok<Seen>('GET', `/workflows/${id}`)
  expect(full).toMatchObject({ rejects: true, difference: { added: 120, sample: { departures: [] } } })
  const seen = await limited.ok<Seen>('GET', `/workflows/${id}`)
  expect(seen).toMatchObject({ rejects: false, difference: { added: 120, sample: null } })
  expect(JSON.stringify(seen)).not.toMatch(/•|@example/)
  expect(await limited.fails('GET', `/workflows/${id}/rejects`)).toBe('access_denied')
})

/** Some of each kind; all of them, over every format, are tried in `engines/hidden-columns`. */
const REVERSING = [
  'SELECT * FROM input',
  "SELECT 'a@a.' || substr(email, 1, 3) AS email FROM input",
  "SELECT country FROM input WHERE substr(email, 1, 1) = 'a'",
  'SELECT country FROM input ORDER BY email, name, age, joined',
  'SELECT email, count(*) AS n FROM input GROUP BY email ORDER BY n',
  "SELECT v FROM (VALUES ('anna@example.com'), ('zoe@example.net')) AS t(v) JOIN input ON email = v",
  "SELECT 1 / (CASE WHEN email LIKE 'a%' THEN 0 ELSE 1 END) AS email FROM input",
  'SELECT CAST(email AS INTEGER) AS email FROM input',
  'SUMMARIZE input',
  'SELECT * FROM memory.below.input',
] as const

/** A database runs a text as it is, so that none of these may be run at all. */
const REVERSING_AT_A_DATABASE = [
  'SELECT country FROM customers ORDER BY email LIMIT 1 OFFSET 1',
  'SELECT email AS country, count(*) FROM customers GROUP BY email',
  'SELECT country, row_number() OVER (ORDER BY email) FROM customers',
  "SELECT country FROM customers EXCEPT SELECT country FROM customers WHERE email LIKE 'a%'",
  "SELECT country FROM customers INTERSECT SELECT country FROM customers WHERE email ~ '^a'",
  "SELECT 1 / (CASE WHEN email LIKE 'a%' THEN 0 ELSE 1 END) AS country FROM customers",
  'SELECT email::integer AS country FROM customers',
  "SELECT country FROM customers WHERE CASE WHEN email LIKE 'a%' THEN pg_sleep(1) IS NULL ELSE true END",
  'SELECT g::text AS country FROM customers, generate_series(1, length(email)) AS g',
  "SELECT string_agg(email, ',') AS country FROM customers",
  'SELECT row_to_json(c)::text AS country FROM customers c',
  'SELECT c::text AS country FROM customers c',
  'SELECT (email IS NULL)::text AS country FROM customers',
] as const

async function toldBy(client: Client, dataSourceId: string, sql: string): Promise<string> {
  const name = `reversing ${crypto.randomUUID()}`
  const { id } = await client.ok<{ id: string }>('POST', '/queries', { name, dataSourceId, draft: { sql } })
  const { status, body } = await client.request<object>('POST', `/queries/${id}/preview`, {})
  return `${status} ${JSON.stringify({ ...body, seconds: 0, error: { ...Object(body).error, requestId: '' } })}`
}

async function sourceOf(name: string, content: string, openColumns: readonly string[]): Promise<string> {
  const file = `${name}.csv`
  await writeFile(join(service.inputDir, file), content)
  const source = { kind: 'files', name: file, folder: service.inputDir, files: [file], openColumns }
  return (await operator.ok<{ id: string }>('POST', '/data-sources', source)).id
}

describe('over files, a person who may not see personal data', () => {
  test('learns nothing from any expression, filter, join, order, count or error', async () => {
    const twins = await Promise.all(TWINS.map((twin, index) => sourceOf(`twin ${index}`, twin, ['Country'])))
    for (const sql of REVERSING) {
      const [one, other] = await Promise.all(twins.map((twin) => toldBy(restricted, twin, sql)))
      expect(`${sql}: ${one}`).toBe(`${sql}: ${other}`)
      expect(one?.replace(sql, '')).not.toMatch(/anna|zoe|below\.|"rowCount":\d/i)
    }
    const [one, other] = await Promise.all(
      twins.map((twin) => restricted.ok('GET', `/data-sources/${twin}/tables`)),
    )
    expect(one).toEqual(other)
  })

  test('learns no type of a hidden column, and no time', async () => {
    const files = [
      'email,age,born,code\na@example.com,31,2020-01-01,7\n',
      'email,age,born,code\nb@example.com,x,y,z\n',
    ]
    const typed = await Promise.all(files.map((file, index) => sourceOf(`typed ${index}`, file, [])))
    const sql = 'SELECT age + 1 AS a FROM input'
    const [told, alike] = await Promise.all(typed.map((source) => toldBy(restricted, source, sql)))
    expect(told).toBe(alike)
    expect(told).toMatch(/Column \\"age\\" is hidden from you: every row shows the text \\"•••\\", so/)
    const [one, other] = await Promise.all(
      typed.map((source) => restricted.ok('GET', `/data-sources/${source}/tables`)),
    )
    expect(one).toEqual(other)
    expect(JSON.stringify(one)).not.toContain('BIGINT')
    const query = { name: 'timed', dataSourceId: typed[0], draft: { sql: 'SELECT * FROM input' } }
    const { id } = await operator.ok<{ id: string }>('POST', '/queries', query)
    expect(await restricted.ok('POST', `/queries/${id}/preview`, {})).toMatchObject({ seconds: null })
    expect(await operator.ok('POST', `/queries/${id}/preview`, {})).toMatchObject({
      seconds: expect.any(Number) as number,
    })
  })

  test('sees the columns that are declared open, and that the others are hidden', async () => {
    const source = await sourceOf('declared', TWINS[0] ?? '', ['country', 'age'])
    const preview = JSON.parse(
      (await toldBy(restricted, source, 'SELECT * FROM input ORDER BY age')).slice(4),
    )
    expect(preview).toMatchObject({ masked: true, rowCount: null })
    expect(preview.rows).toEqual([
      ['•••', '•••', 31, '•••', 'DE'],
      ['•••', '•••', 99, '•••', 'DE'],
      ['•••', '•••', null, '•••', 'FR'],
    ])
    const full = JSON.parse((await toldBy(operator, source, 'SELECT email FROM input')).slice(4))
    expect(full).toMatchObject({ masked: false, rowCount: 3 })
  })

  test('gets no row of a file whose first line is data', async () => {
    const source = await sourceOf('headless', 'anna@example.com,DE\nbob@example.com,FR\n', ['DE'])
    for (const sql of [
      'SELECT * FROM input',
      'DESCRIBE input',
      'UNPIVOT input ON COLUMNS(*)',
      'SELECT email FROM input',
    ])
      expect(await toldBy(restricted, source, sql)).not.toMatch(/anna|bob|"FR"|"DE"/)
  })

  test('gets no count', async () => {
    const source = await sourceOf('counted', TWINS[0] ?? '', ['country'])
    const query = { name: 'counted', dataSourceId: source, draft: { sql: 'SELECT email FROM input' } }
    const { id } = await operator.ok<{ id: string }>('POST', '/queries', query)
    expect(await refusal(restricted, 'POST', `/queries/${id}/count`, {})).toMatch(/^403 access_denied/)
    expect(await operator.ok('POST', `/queries/${id}/count`, {})).toMatchObject({ rows: 3 })
  })
})

describe('over a database, a person who may not see personal data', () => {
  let database: SourceDatabase

  beforeAll(async () => {
    database = await createSourceDatabase()
    const client = new Postgres({ connectionString: database.admin })
    await client.connect()
    await client.query(
      "CREATE TABLE customers AS SELECT * FROM (VALUES ('anna@example.com', 'DE'), (NULL, 'FR')) AS t(email, country)",
    )
    await client.end()
  })

  afterAll(async () => {
    await database.drop()
  })

  test('sees rows only of a text that a person with full access activated, and of them only open columns', async () => {
    const source = { kind: 'postgres', name: 'shop', url: database.url, openColumns: ['country'] }
    const { id: dataSourceId } = await operator.ok<{ id: string }>('POST', '/data-sources', source)
    const draft = { sql: "SELECT 'a@a.' || substr(email, 1, 2) AS country FROM customers" }
    const query = { name: 'at the shop', dataSourceId, draft }
    const { id } = await restricted.ok<{ id: string }>('POST', '/queries', query)
    const path = `/queries/${id}/preview`
    expect(await refusal(restricted, 'POST', path, {})).toMatch(/^403 access_denied: .*activated by/)
    for (const text of REVERSING_AT_A_DATABASE) {
      const { version } = await restricted.ok<QueryView>('GET', `/queries/${id}`)
      const edited = await restricted.ok<QueryView>('PATCH', `/queries/${id}`, {
        version,
        draft: { sql: text },
      })
      for (const way of [path, `/queries/${id}/count`, `/queries/${id}/activate`]) {
        const body = way.endsWith('activate') ? { version: edited.version } : { text: 'draft' }
        expect(await refusal(restricted, 'POST', way, body), text).toMatch(/^403 access_denied/)
      }
      for (const way of [path, `/queries/${id}/count`]) {
        const body = { typed: { sql: text } }
        expect(await refusal(restricted, 'POST', way, body), text).toMatch(/^403 access_denied/)
      }
    }
    const now = await operator.ok<QueryView>('GET', `/queries/${id}`)
    const sql = 'SELECT email, country FROM customers ORDER BY country'
    await operator.ok('PATCH', `/queries/${id}`, { version: now.version, draft: { sql } })
    await operator.ok('POST', `/queries/${id}/activate`, { version: now.version + 1 })
    await restricted.ok('PATCH', `/queries/${id}`, { version: now.version + 2, draft })
    expect(await refusal(restricted, 'POST', path, { text: 'draft' })).toMatch(/^403 access_denied/)
    expect(await restricted.ok('POST', path, {})).toMatchObject({
      rows: [
        ['•••', 'DE'],
        ['•••', 'FR'],
      ],
      rowCount: null,
      masked: true,
    })
    expect(await operator.ok('POST', path, { text: 'active' })).toMatchObject({ rowCount: 2, masked: false })
    await allWorkspaces(service.platform.store.db)
      .updateTable('query')
      .set({ active_reviewed: false })
      .where('id', '=', id)
      .execute()
    expect(await refusal(restricted, 'POST', path, {})).toMatch(/^403 access_denied/)
  })
})

test('what is open is declared with a data source, changed, exported and applied', async () => {
  const source = {
    kind: 'files',
    name: 'told apart',
    folder: '/srv',
    files: ['a.csv'],
    openColumns: [' country', 'country'],
  }
  const made = await operator.ok<{ id: string; version: number }>('POST', '/data-sources', source)
  expect(made).toMatchObject({ openColumns: ['country'] })
  const changed = await operator.ok('PATCH', `/data-sources/${made.id}`, {
    version: 1,
    openColumns: ['city'],
  })
  expect(changed).toMatchObject({ openColumns: ['city'], settings: { folder: '/srv' } })
  interface Document {
    readonly dataSources: readonly { readonly name: string; readonly openColumns?: readonly string[] }[]
  }
  const document = await operator.ok<Document>('GET', '/configuration')
  const exported = document.dataSources.find(({ name }) => name === 'told apart')
  expect(exported?.openColumns).toEqual(['city'])
  const wanted = { version: 1, dataSources: [{ ...exported, openColumns: ['region'] }] }
  const plan = await operator.ok<{ digest: string }>('POST', '/configuration/plan', { document: wanted })
  await operator.ok('POST', '/configuration/apply', { document: wanted, digest: plan.digest })
  expect(await operator.ok('GET', `/data-sources/${made.id}`)).toMatchObject({ openColumns: ['region'] })
})
