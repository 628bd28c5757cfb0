import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { sql } from 'kysely'
import { Client as PgClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { localActor } from '../../src/access/activity.ts'
import { optionNames, policyNames } from '../../src/access/permissions.ts'
import { createSession } from '../../src/access/sessions.ts'
import { createUser } from '../../src/access/users.ts'
import { actionCatalogue, errorCatalogue } from '../../src/base/catalogue.ts'
import { alertKinds } from '../../src/workflow/alert-input.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { EVERY_OPTION, keyWith, openWorld } from './every-route.ts'
import type { As, World } from './every-route.ts'
import { fitting, nastyTexts, oddAuthorizations, oddHeaders, rawBodies, spoiled } from './from-schema.ts'
import type { Known, Schema } from './from-schema.ts'
import { clientOf, openService, setUp } from './support.ts'
import type { Client, Service } from './support.ts'

/**
 * Every operation of the OpenAPI document is asked for everything that a person or a program could get wrong, by somebody who may do
 * all: it never answers with a defect, and never tells a secret or a customer's address.
 */

const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const SEED = isFullSweep ? Date.now() : 20_261
const runs = (count: number): number => (isFullSweep ? count * 20 : count)

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly body: Schema | null
  readonly answers: Readonly<Record<string, ValidateFunction | null>>
}

/** Planted, so that they are known wherever they come up. */
const IN_FILE = 'planted.in.file@example.com'
const IN_SQL = 'planted.in.sql@example.com'
const IN_DATABASE = 'planted.in.database@example.com'
const DATABASE_PASSWORD = 'planted-database-password'
const LOGIN_PASSWORD = 'planted login password 7'
const WEBHOOK_SECRET = 'planted-webhook-secret-7'
const APP_SECRET = 'simulator-app-secret'

let service: Service
let world: World
let admin: Client
let database: TestDatabase
let databaseUrl: string
let operations: readonly Operation[] = []
/** Who signs in, in place of a key. */
let personId: string
/** Names of the operations, known before the service runs. */
const ids = await operationIds()

beforeAll(async () => {
  service = await openService({
    // Many credentials are made of one token.
    simulator: { previousRefreshToken: 'stays-valid' },
    limits: { previewTimeoutMs: 1_000, requestTimeoutMs: 1_000, sourceConnectMs: 500, validateForMs: 50 },
  })
  world = await openWorld(service)
  admin = world.admin
  const person = {
    name: 'Person',
    email: 'person.who.signs.in@example.com',
    policies: ['datagrid_administrator'],
    options: EVERY_OPTION,
    password: LOGIN_PASSWORD,
  }
  personId = (await createUser({ ...service.platform, actor: localActor }, person)).id
  database = await createTestDatabase({ migrated: false })
  const client = new PgClient({ connectionString: database.url })
  await client.connect()
  await client.query(
    `create table customers as select '${IN_DATABASE}' as email, 7 as "order" from generate_series(1, 3)`,
  )
  await client.end()
  databaseUrl = `${database.url}&password=${DATABASE_PASSWORD}`
  await writeFile(join(service.inputDir, 'planted.csv'), `email,n\n${IN_FILE},1\n${IN_FILE},2\n`)
  await writeFile(join(service.inputDir, 'headless.csv'), `${IN_FILE},Planted Person\n`)
  await setUp(service, admin, { name: 'whole', emails: [IN_FILE] })
  await admin.ok('POST', '/data-sources', { kind: 'postgres', name: 'database', url: databaseUrl })
  operations = await readOperations()
})

afterAll(async () => {
  await service.close()
  await database.drop()
})

async function operationIds(): Promise<readonly string[]> {
  const { requestOf } = await import('./every-route.ts')
  return Object.keys(requestOf)
}

interface Document {
  readonly paths: Record<string, Record<string, JsonOperation>>
  readonly components: object
}

interface JsonOperation {
  readonly operationId: string
  readonly parameters: Operation['parameters']
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
}

async function readOperations(): Promise<Operation[]> {
  const { paths } = await admin.ok<Document>('GET', '/api/openapi.json')
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      id: one.operationId,
      method: method.toUpperCase(),
      path,
      parameters: one.parameters,
      body: one.requestBody?.content['application/json'].schema ?? null,
      answers: Object.fromEntries(
        Object.entries(one.responses)
          .filter(([status]) => status !== 'default')
          .map(([status, { content }]) => {
            const schema = content?.['application/json']?.schema
            return [status, schema === undefined ? null : ajv.compile(schema)]
          }),
      ),
    })),
  )
}

/** Stands for the id, or the version, of what is there when the request is sent. */
class Picked {
  readonly kind: Kind | 'version'
  readonly nth: number

  constructor(kind: Kind | 'version', nth: number) {
    this.kind = kind
    this.nth = nth
  }
}

/** Kinds of things that have an id, and the table of each. */
const tables = {
  credential: 'credential',
  destination: 'destination',
  'data-source': 'data_source',
  query: 'query',
  orchestration: 'orchestration',
  workflow: 'workflow',
  notification: 'notification',
  alert: 'alert',
  user: 'app_user',
  'api-key': 'api_key',
  session: 'session',
} as const

type Kind = keyof typeof tables
const kinds = Object.keys(tables) as Kind[]

function picked(kind: Kind | 'any'): fc.Arbitrary<unknown> {
  const wanted = kind === 'any' ? fc.constantFrom(...kinds) : fc.constant(kind)
  return fc.tuple(wanted, fc.nat(31)).map(([one, nth]) => new Picked(one, nth))
}

/** Mostly one of the right kind. */
function idOf(kind: Kind): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 14, arbitrary: picked(kind) },
    { weight: 1, arbitrary: picked('any') },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...nastyTexts) },
  )
}

const version: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(new Picked('version', 0)) },
  { weight: 1, arbitrary: fc.constantFrom(1, 2, 3, 2 ** 31 - 1) },
)

const SQL_TEXTS = [
  'SELECT email FROM input',
  `SELECT email FROM input WHERE email <> '${IN_SQL}'`,
  `SELECT '${IN_SQL}' AS email`,
  `SELECT "${IN_SQL}" FROM input`,
  `SELECT CAST(email AS INTEGER) AS email FROM input`,
  `SELECT email::date FROM customers`,
  `SELECT email::int FROM customers WHERE email <> '${IN_SQL}'`,
  'SELECT email, email FROM customers',
  `SELECT error('${IN_SQL}') FROM input`,
  `SELECT * FROM no_such_table_${IN_SQL}`,
  'SELECT email FROM customers; DROP TABLE customers',
  'DELETE FROM customers',
  'SELECT 1 / 0 AS email',
  'SELECT repeat(email, 1000000) AS email FROM input',
  'SELECT pg_sleep(60)',
  "SELECT * FROM read_csv('/etc/passwd')",
  "COPY input TO '/tmp/stolen.csv'",
  "SELECT getenv('HOME') AS email",
  "ATTACH '/tmp/x.db'",
  "SELECT current_setting('data_directory')",
  'SELECT * FROM pg_read_file($$/etc/passwd$$)',
  'SELECT',
  ';;;',
  '-- nothing',
  'SELECT email FROM input --',
  '/* open',
  "SELECT 'open",
  'SELECT $1',
  'SELECT * FROM (VALUES (1)) v(email), generate_series(1, 100000000)',
]

const listed = (...values: readonly unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values)
const name = fc.oneof(
  fc.uuid(),
  listed('whole', 'database', 'thing 1', 'thing 2', ' spaced ', 'Ünïcödé', 'a'.repeat(255)),
)
const ownPolicies = fc.subarray([...policyNames], { minLength: 1 })

/** What fits a field of this name, whatever the operation. */
function knownFields(): Known {
  return {
    name,
    description: listed('', 'about', 'x'.repeat(2_000)),
    credentialId: idOf('credential'),
    destinationId: idOf('destination'),
    dataSourceId: idOf('data-source'),
    queryId: idOf('query'),
    orchestrationId: idOf('orchestration'),
    objectId: idOf('query'),
    principal: idOf('user'),
    version,
    appId: listed(...Array(9).fill(service.simulator.app.id), 'another-app'),
    appSecret: listed(APP_SECRET),
    refreshToken: listed(
      ...Array(9).fill(service.simulator.app.refreshToken),
      SENTINEL_TOKENS.revoked,
      SENTINEL_TOKENS.readOnly,
    ),
    adAccountId: listed(
      AD_ACCOUNTS.owned,
      AD_ACCOUNTS.analyst,
      AD_ACCOUNTS.forbidden,
      '1',
      '0',
      '9'.repeat(18),
    ),
    folder: listed(service.inputDir, '/', '/etc', '/nowhere', `${service.inputDir}/../home`),
    files: listed(
      ['planted.csv'],
      ['*.csv'],
      ['headless.csv'],
      ['none.csv'],
      ['[', '{a,b}*.csv'],
      ['../x.csv'],
    ),
    target: listed(
      { to: ['ops@example.com'] },
      { url: 'http://localhost:1/hook' },
      { url: 'https://example.com/', secret: WEBHOOK_SECRET },
      { to: ['İ@x'], url: 'x' },
      {},
    ),
    to: listed('2030-01-01', '0001-01-01'),
    url: listed(
      databaseUrl,
      'http://localhost:1/hook',
      `postgres://user:${DATABASE_PASSWORD}@localhost:1/none`,
      `postgres://user:${DATABASE_PASSWORD}@/db?host=%2Fnowhere`,
      `postgres://u:${DATABASE_PASSWORD}@localhost:1/%ff`,
      'postgres://[::1',
      'ftp://example.com',
      'https://example.com/hook#part',
    ),
    sql: listed(...SQL_TEXTS),
    emailColumn: listed('email', 'Email', 'n', 'no such', IN_SQL),
    cron: listed(
      '30 2 * * *',
      '0 0 29 2 *',
      '*/5 * * * *',
      '0 0 30 2 *',
      '* * * *',
      '61 * * * *',
      '0 0 31 2,4 1',
      null,
    ),
    timeZone: listed(
      'UTC',
      'UTC',
      'America/New_York',
      'Europe/Berlin',
      'Europe/Berlim',
      'Antarctica/Troll',
      '+02:00',
      'utc',
    ),
    listName: fc.oneof(fc.uuid(), listed('whole', 'Loyal [sentinel:x]', 'x'.repeat(300))),
    email: listed(
      'someone@example.com',
      'user1@example.com',
      'admin@localhost',
      'not an address',
      'İ@example.com',
    ),
    password: listed(LOGIN_PASSWORD, 'short', 'x'.repeat(400)),
    currentPassword: listed(LOGIN_PASSWORD),
    newPassword: listed(LOGIN_PASSWORD, 'another password 7'),
    policies: ownPolicies,
    options: fc.oneof(listed([]), fc.subarray([...optionNames])),
    expiresAt: listed(
      null,
      '2030-01-01',
      '2030-01-01T00:00:00Z',
      '2000-01-01',
      '9999-12-31T23:59:59-23:59',
      '2030-02-31',
    ),
    events: fc.oneof(
      listed(['workflow_failed'], ['needs_person', 'token_expiring']),
      fc.subarray([...alertKinds]),
    ),
    slowerThanMs: listed(null, null, null, 60_000, 1),
    action: listed(...Object.keys(actionCatalogue), 'retyr', 'credential.'),
    from: listed('2020-01-01', '2026-11-24T13:57:04Z', '0000-01-01', '9999-12-31'),
    members: listed(1, 10, 100_000),
    cursor: fc.oneof(fc.nat().map(String), listed('whole', 'x'.repeat(1_999), '%', '\\')),
    search: listed('whole', '%', '_', '\\', "'", 'x'.repeat(500), '\0', '🙂'),
    limit: listed(1, 50, 200, 1_000),
    upTo: listed(0, 1, Number.MAX_SAFE_INTEGER),
    document: configuration,
    digest: listed('a digest', ''),
    thresholds: listed({}, { warnBelow: 1 }, { failAbove: 5, failBelow: 7 }, { warnAbove: 1e12 }),
  }
}

const configuration = fc.oneof(
  { weight: 3, arbitrary: listed({ version: 1 }) },
  {
    weight: 3,
    arbitrary: fc.record({ name, sql: listed(...SQL_TEXTS) }).map(({ name: called, sql: text }) => ({
      version: 1,
      queries: [{ name: called, dataSource: 'whole', active: { sql: text } }],
    })),
  },
  {
    weight: 1,
    arbitrary: listed(
      {
        version: 1,
        credentials: [
          { name: 'whole', appId: { env: 'HOME' }, appSecret: { env: 'PATH' }, refreshToken: 'x' },
        ],
      },
      { version: 1, dataSources: [{ name: 'database', kind: 'postgres', url: { env: 'DATABASE_URL' } }] },
      {
        version: 1,
        dataSources: [
          { name: 'new', kind: 'postgres', url: `postgres://u:${DATABASE_PASSWORD}@localhost:1/%ff` },
        ],
      },
      {
        version: 1,
        orchestrations: [
          { name: 'o', query: 'whole', destination: 'whole', listName: 'o', cron: '0 0 30 2 *' },
        ],
      },
      { version: 1, queries: [], orchestrations: [] },
      { version: 2 },
      { version: 1, querys: [] },
    ),
  },
)

interface Sent {
  readonly path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

function requestsOf(operation: Operation): fc.Arbitrary<Sent> {
  const known = knownFields()
  const parametersIn = (place: string): readonly { name: string; schema: Schema }[] =>
    operation.parameters.filter((one) => one.in === place)
  const kind = kindOf(operation)
  const path = fc.record(
    Object.fromEntries(
      parametersIn('path').map((one) => [one.name, kind === null ? listed('none') : idOf(kind)]),
    ),
  )
  const queries = fc.record(
    Object.fromEntries(parametersIn('query').map((one) => [one.name, fitting(one.schema, known, one.name)])),
    { requiredKeys: [] },
  )
  const query = fc.oneof(
    { weight: 4, arbitrary: queries },
    {
      weight: 1,
      arbitrary: fc.dictionary(
        fc.constantFrom('limit', 'cursor', 'search', 'from', 'cron', 'timeZone', '__proto__', 'unknown'),
        fc.constantFrom<unknown>(...nastyTexts),
        { maxKeys: 3 },
      ),
    },
  )
  const body = operation.body === null ? listed(undefined, undefined, {}) : spoiled(operation.body, known)
  const headers = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Sent['headers']>({}) },
    { weight: 1, arbitrary: fc.constantFrom(...oddHeaders) },
  )
  return fc.record({ path, query, body, headers })
}

function kindOf({ path }: Operation): Kind | null {
  const folder = path.split('/')[3] ?? ''
  if (path.includes('/me/sessions/')) return 'session'
  const singular = folder === 'queries' ? 'query' : folder.replace(/s$/, '')
  return kinds.find((kind) => kind === singular) ?? null
}

/** What there is now, without the key and the user that the test itself uses. */
async function idsNow(): Promise<Readonly<Record<string, readonly { id: string; version: number }[]>>> {
  const { db } = service.platform.store
  const parts = kinds.map((kind) => {
    const isVersioned = !['workflow', 'notification', 'session'].includes(kind)
    const isOwn = { 'api-key': sql`policies = '{datagrid_administrator}'`, user: sql`id = ${personId}` }
    const columns = sql`select ${kind} as kind, id, ${isVersioned ? sql`version` : sql`1`} as version
      from ${sql.table(tables[kind])} where not ${isOwn[kind as keyof typeof isOwn] ?? sql`false`} order by id`
    return sql`(${columns} limit 16) union (${columns} desc limit 16)`
  })
  const { rows } = await sql<{
    kind: string
    id: string
    version: number
  }>`${sql.join(parts, sql` union all `)}`.execute(db)
  return Object.groupBy(rows, ({ kind }) => kind) as Record<string, { id: string; version: number }[]>
}

/** The request with real ids in place of those that were picked, and the version of what is edited. */
async function resolved(sent: Sent): Promise<Sent> {
  const now = await idsNow()
  let target: { id: string; version: number } | undefined
  const find = (value: unknown): unknown => {
    if (!(value instanceof Picked)) return value
    if (value.kind === 'version') return target?.version ?? 1
    const all = now[value.kind] ?? []
    const found = all[value.nth % Math.max(1, all.length)]
    target ??= found
    return found?.id ?? 'none'
  }
  const path = Object.fromEntries(Object.entries(sent.path).map(([key, value]) => [key, find(value)]))
  const query = Object.fromEntries(Object.entries(sent.query).map(([key, value]) => [key, find(value)]))
  const body = sent.body === undefined ? undefined : walked(sent.body, find)
  return { ...sent, path, query, body }
}

function walked(value: unknown, change: (value: unknown) => unknown): unknown {
  const changed = change(value)
  if (value instanceof Picked || typeof value !== 'object' || value === null) return changed
  if (Array.isArray(value)) return value.length > 100 ? value : value.map((one) => walked(one, change))
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walked(one, change)]))
}

function addressOf({ path }: Operation, sent: Sent): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encoded(sent.path[key]))
  const query = Object.entries(sent.query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
  return `http://rollcall.test${filled}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return encodeURIComponent(text.toWellFormed())
}

interface Got {
  readonly status: number
  readonly headers: string
  readonly text: string
}

async function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: string | Uint8Array<ArrayBuffer>,
): Promise<Got> {
  const request = new Request(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  const response = await service.fetch(request)
  const told = JSON.stringify([...response.headers])
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
    await response.body?.cancel()
    return { status: response.status, headers: told, text: '' }
  }
  return { status: response.status, headers: told, text: await response.text() }
}

/** What must be in no answer, but for those operations that are there to tell it. */
const SECRETS: readonly (readonly [what: string, pattern: RegExp, toldBy?: RegExp])[] = [
  ['the app secret', new RegExp(APP_SECRET)],
  ['a refresh token', /pinr\./],
  ['an access token', /pina_/],
  ['the password of a database', new RegExp(DATABASE_PASSWORD)],
  ['a password', new RegExp(LOGIN_PASSWORD)],
  ['the hash of a password', /argon2/],
  ['a sealed secret', /\bv1\.[\w-]{8}\.[\w-]{20}/],
  ['an API key', /rck_[0-9a-z]{19}_/, /^api-keys\.(?:create|rotate)$/],
  ['a session', /rcs_/, /^me\.sign-in$/],
  ['a webhook secret', new RegExp(`whsec_|${WEBHOOK_SECRET}`), /^alerts\.(?:create|update)$/],
  ['a frame of the code', /\.ts:\d+|node_modules/],
  ['an address of the file', new RegExp(IN_FILE), /^queries\.preview$|^data-sources\.tables$/],
  ['an address of the database', new RegExp(IN_DATABASE), /^queries\.preview$/],
  ['an address of the SQL', new RegExp(IN_SQL), /^queries\.(?!count|delete)|^configuration\./],
]

function leaksOf({ id }: { id: string }, { headers, text }: Got): string[] {
  return SECRETS.filter(
    ([, pattern, toldBy]) => toldBy?.test(id) !== true && (pattern.test(text) || pattern.test(headers)),
  ).map(([what]) => `${id} tells ${what}: ${text.slice(0, 2_000)}`)
}

/** Statuses of errors that somebody else is at fault for. */
const OF_PINTEREST = new Set(['pinterest_unavailable', 'pinterest_refused'])

function problemsOf(operation: Described, got: Got): string[] {
  const problems = leaksOf(operation, got)
  if (got.status >= 400) problems.push(...errorProblems(got))
  else problems.push(...answerProblems(operation, got))
  return problems
}

type Described = { readonly id: string; readonly answers: Operation['answers'] }

function errorProblems({ status, text }: Got): string[] {
  const { error } =
    (JSON.parse(text) as { error?: { code?: string; message?: string; requestId?: string } }) ?? {}
  const { code = '', message = '', requestId = '' } = error ?? {}
  const problems: string[] = []
  if (status >= 500 && !OF_PINTEREST.has(code)) problems.push(`${status} ${text}`)
  if (!Object.hasOwn(errorCatalogue, code)) problems.push(`"${code}" is no code of the catalogue`)
  else if (errorCatalogue[code as keyof typeof errorCatalogue].status !== status)
    problems.push(`${code} answered with ${status}`)
  if (message === '' || requestId === '') problems.push(`no message or request id: ${text}`)
  if (/\{[a-z]\w*\}/.test(text.replaceAll('{{7*7}}', ''))) problems.push(`a text is not filled in: ${text}`)
  return problems
}

function answerProblems({ id, answers }: Described, { status, text }: Got): string[] {
  const validate = answers[String(status)]
  if (validate === undefined) return [`${id} answers ${status}, which is not described`]
  if (validate === null || validate(JSON.parse(text))) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${id}: ${instancePath} ${message} ${JSON.stringify(params)} in ${text.slice(0, 500)}`,
  )
}

function operationOf(id: string): Operation {
  const found = operations.find((one) => one.id === id)
  if (found === undefined) throw new Error(`the document has no operation ${id}`)
  return found
}

/** Those that take long: they hash passwords, run queries or ask Pinterest. */
const SLOW =
  /^(?:queries\.(?:preview|count)|data-sources\.tables|users\.(?:create|set-password)|me\.|destinations\.)/

/** What is one's own is asked for by a person who is signed in, all else by a key that may do everything. */
async function whoAsks(id: string): Promise<As> {
  if (!id.startsWith('me.')) return world.asAdmin
  const { store, limits } = service.platform
  await store.db
    .updateTable('app_user')
    .set({ must_change_password: false })
    .where('id', '=', personId)
    .execute()
  const { token } = await createSession(store.db, limits, {
    userId: personId,
    originIp: null,
    userAgent: null,
  })
  return { cookie: `rollcall_session=${token}`, 'sec-fetch-site': 'same-origin' }
}

describe('every operation', () => {
  test.each(ids)('%s', { timeout: isFullSweep ? 600_000 : 30_000 }, async (id) => {
    const operation = operationOf(id)
    await fc.assert(
      fc.asyncProperty(requestsOf(operation), async (asked) => {
        const sent = await resolved(asked)
        const headers = { ...(await whoAsks(id)), 'content-type': 'application/json', ...sent.headers }
        const body =
          sent.body === undefined || operation.method === 'GET' ? undefined : JSON.stringify(sent.body)
        const got = await send(operation.method, addressOf(operation, sent), headers, body)
        expect(problemsOf(operation, got)).toEqual([])
      }),
      { seed: SEED, numRuns: runs(SLOW.test(id) ? 15 : 30), endOnFailure: true },
    )
  })
})

describe('what no schema describes', () => {
  test('bodies', { timeout: 120_000 }, async () => {
    const types = [
      'application/json',
      'application/json;charset=utf-8',
      'APPLICATION/JSON',
      'text/json',
      'application/json, text/plain',
      '',
    ]
    for (const operation of operations.filter(({ method }) => method !== 'GET')) {
      const sent = await resolved(fc.sample(requestsOf(operation), { seed: SEED, numRuns: 1 })[0] as Sent)
      const as = await whoAsks(operation.id)
      for (const [index, body] of rawBodies.entries()) {
        const headers = { ...as, 'content-type': types[index % types.length] ?? '' }
        const got = await send(operation.method, addressOf(operation, sent), headers, body)
        expect(problemsOf(operation, got), `${operation.id} with body ${index}`).toEqual([])
      }
    }
  })

  test('who asks', async () => {
    for (const operation of operations) {
      const [sent] = fc.sample(requestsOf(operation), { seed: SEED, numRuns: 1 })
      const url = addressOf(operation, await resolved(sent as Sent))
      for (const authorization of oddAuthorizations) {
        const got = await send(operation.method, url, { authorization })
        expect(problemsOf(operation, got)).toEqual([])
        // A person without a page of their own, or a body, is refused too.
        expect(operation.id === 'me.sign-in' ? [400, 401, 403] : [401]).toContain(got.status)
      }
    }
  })

  test('methods and paths', async () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
    const paths = operations.map((operation) => operation.path.replaceAll(/\{\w+\}/g, 'none'))
    const odd = [
      '/api/v1',
      '/api/v1/',
      '/api/v1//credentials',
      '/api/v1/credentials/',
      '/api/v1/credentials/none/none',
      '/api/v1/%63redentials',
      '/api/v1/credentials/%ff%fe',
      '/api/v1/credentials/%00',
      '/api/v1/credentials/..%2f..%2fhealthz',
      '/api/v1/__proto__',
      '/api/docs/../../package.json',
      '/api/docs/%2e%2e%2f%2e%2e%2fpackage.json',
      '/api/docs/__proto__',
      '/api/docs/constructor',
      '/api/docs/swagger-ui.css%00',
      '/healthz/none',
      '/metrics?x=1',
      `/api/v1/${'x'.repeat(20_000)}`,
    ]
    for (const path of [...new Set([...paths, ...odd])])
      for (const method of methods) {
        const known = operations.find((one) => one.method === method && paths.includes(path))
        if (known !== undefined) continue
        const got = await send(method, `http://rollcall.test${path}`, world.asAdmin)
        expect(got.status, `${method} ${path}`).toBeLessThan(500)
        expect(leaksOf({ id: `${method} ${path}` }, got)).toEqual([])
        if (got.status >= 400 && method !== 'HEAD') expect(errorProblems(got)).toEqual([])
      }
  })
})

test('whatever a plan of a configuration accepts is applied, or said why not', async () => {
  await fc.assert(
    fc.asyncProperty(configuration, fc.boolean(), async (document, prune) => {
      const planned = await admin.request<{ digest: string }>('POST', '/configuration/plan', {
        document,
        prune,
      })
      if (planned.status !== 200) return
      const { digest } = planned.body
      const url = 'http://rollcall.test/api/v1/configuration/apply'
      const headers = { ...world.asAdmin, 'content-type': 'application/json' }
      const got = await send('POST', url, headers, JSON.stringify({ document, digest, prune }))
      expect(problemsOf(operationOf('configuration.apply'), got)).toEqual([])
      const again = await admin.request<{ changes: { action: string }[] }>('POST', '/configuration/plan', {
        document,
        prune,
      })
      if (got.status === 200) expect(again.body.changes.filter(({ action }) => action !== 'same')).toEqual([])
    }),
    { seed: SEED, numRuns: runs(20), endOnFailure: true },
  )
})

/** What somebody might try who may write queries, and may not see what is in them. */
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

describe('who may not see personal data sees none, whatever the query', () => {
  let peeping: As

  beforeAll(async () => {
    peeping = await keyWith(service, ['analyst'], ['restrict_pii_access', 'restrict_downloads'])
  })

  const NAMES = /planted|PLANTED|detnalp|706c616e746564|706C616E746564/i

  async function tries(dataSourceId: string, sqlTexts: readonly string[]): Promise<void> {
    const client = clientOf(service.fetch, peeping)
    for (const [index, text] of sqlTexts.entries()) {
      const { id } = await client.ok<{ id: string }>('POST', '/queries', {
        name: `peeping ${dataSourceId} ${index}`,
        dataSourceId,
        draft: { sql: text },
      })
      for (const what of ['preview', 'count']) {
        const { status, body } = await client.request('POST', `/queries/${id}/${what}`, {})
        expect(status, `${text}: ${JSON.stringify(body)}`).toBeLessThan(500)
        const told = JSON.stringify(body).replaceAll(/p\S*@example\.com/g, (shown) =>
          shown.includes('•') || shown.includes('*') ? '' : shown,
        )
        expect(told, text).not.toMatch(NAMES)
      }
    }
    const { body } = await client.request('GET', `/data-sources/${dataSourceId}/tables`)
    expect(JSON.stringify(body)).not.toMatch(NAMES)
  }

  test.each(['planted.csv', 'headless.csv'])('of the file %s', { timeout: 60_000 }, async (file) => {
    const source = { kind: 'files', name: `peeped at ${file}`, folder: service.inputDir, files: [file] }
    await tries((await admin.ok<{ id: string }>('POST', '/data-sources', source)).id, PEEPING)
  })

  test('of the database', { timeout: 60_000 }, async () => {
    const source = { kind: 'postgres', name: 'peeped at', url: databaseUrl }
    await tries((await admin.ok<{ id: string }>('POST', '/data-sources', source)).id, PEEPING_AT_POSTGRES)
  })
})

test('while Pinterest is down, that is what is said', async () => {
  const credential = await world.make.credential()
  const destination = await world.make.destination()
  service.simulator.faults.plan({
    random: { seed: 1, share: 1, kinds: ['500', '503', 'lost-before', 'garbage-before', '429'] },
  })
  const body = { credentialId: credential, adAccountId: AD_ACCOUNTS.owned }
  const asked: readonly (readonly [string, string, string, object?])[] = [
    ['credentials.ad-accounts', 'GET', `/credentials/${credential}/ad-accounts`],
    ['destinations.create', 'POST', '/destinations', { ...body, name: 'while it is down' }],
    ['destinations.check', 'POST', '/destinations/check', body],
    ['destinations.update', 'PATCH', `/destinations/${destination}`, { version: 1, description: 'x' }],
    ['destinations.copy', 'POST', `/destinations/${destination}/copy`, { name: 'copied while it is down' }],
  ]
  try {
    for (let round = 0; round < 3; round += 1)
      for (const [id, method, path, sent] of asked) {
        const headers = { ...world.asAdmin, 'content-type': 'application/json' }
        const got = await send(
          method,
          `http://rollcall.test/api/v1${path}`,
          headers,
          sent && JSON.stringify(sent),
        )
        expect(problemsOf(operationOf(id), got)).toEqual([])
        if (id !== 'destinations.check') expect([502, 503], `${id}: ${got.text}`).toContain(got.status)
      }
  } finally {
    service.simulator.faults.clear()
  }
  const { items } = await admin.ok<{ items: { name: string }[] }>(
    'GET',
    '/destinations?search=while%20it%20is%20down',
  )
  expect(items).toEqual([])
})

describe('afterwards', () => {
  test('all that was saved can be read', async () => {
    for (const operation of operations.filter(({ id }) => /\.list$|^configuration\.export$/.test(id))) {
      const paged = operation.parameters.some((one) => one.name === 'cursor')
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = paged ? `?limit=7${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}` : ''
        const got = await send('GET', `http://rollcall.test${operation.path}${query}`, world.asAdmin)
        expect(got.status).toBe(200)
        expect(problemsOf(operation, got)).toEqual([])
        cursor = paged ? (JSON.parse(got.text) as { nextCursor: string | null }).nextCursor : null
      }
    }
  })

  test('nothing in the log is a secret, an address or a defect', async () => {
    const log = service.log()
    expect(
      log
        .split('\n')
        .filter((line) => SECRETS.some(([what, pattern]) => !/frame/.test(what) && pattern.test(line))),
    ).toEqual([])
    expect(log.split('\n').filter((line) => line.includes('a defect stopped'))).toEqual([])
    const metrics = await send('GET', 'http://rollcall.test/metrics', {})
    expect(metrics.status).toBe(200)
    expect(leaksOf({ id: 'metrics' }, metrics)).toEqual([])
  })
})
