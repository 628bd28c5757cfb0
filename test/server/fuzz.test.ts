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
import { authorize, clientOf, openService, setUp } from './support.ts'
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
    appId: listed(service.simulator.app.id, 'another-app'),
    appSecret: listed(APP_SECRET),
    refreshToken: listed(
      service.simulator.app.refreshToken,
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
    timeZone: listed('UTC', 'Europe/Berlin', 'Europe/Berlim', 'Antarctica/Troll', '+02:00', 'utc'),
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
    events: fc.subarray([...alertKinds], { minLength: 1 }),
    slowerThanMs: listed(null, null, 60_000, 1),
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
