import * as fc from 'fast-check'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { optionNames, policyNames } from '../../src/access/permissions.ts'
import { actionCatalogue } from '../../src/base/catalogue.ts'
import { allAlertTopics } from '../../src/notify/alert-topics.ts'
import type { Known } from './from-schema.ts'
import { nastyTexts } from './nasty.ts'
import { planted } from './planted.ts'

/** Values that mean something to the service, by the names of the fields, so that what lies behind the schemas is reached. */

export interface Places {
  readonly app: { readonly id: string; readonly refreshToken: string }
  readonly inputDir: string
  readonly databaseUrl: string
}

/** Stands for the id, or the version, of what is there when the request is sent. */
export class Picked {
  readonly kind: Kind | 'version'
  readonly nth: number

  constructor(kind: Kind | 'version', nth: number) {
    this.kind = kind
    this.nth = nth
  }
}

/** Kinds of things that have an id, and the table of each. */
export const tables = {
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

export type Kind = keyof typeof tables
export const kinds = Object.keys(tables) as Kind[]

function picked(kind: Kind | 'any'): fc.Arbitrary<unknown> {
  const wanted = kind === 'any' ? fc.constantFrom(...kinds) : fc.constant(kind)
  return fc.tuple(wanted, fc.nat(31)).map(([one, nth]) => new Picked(one, nth))
}

/** Mostly one of the right kind. */
export function idOf(kind: Kind): fc.Arbitrary<unknown> {
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
  `SELECT email FROM input WHERE email <> '${planted.inSql}'`,
  `SELECT '${planted.inSql}' AS email`,
  `SELECT "${planted.inSql}" FROM input`,
  `SELECT CAST(email AS INTEGER) AS email FROM input`,
  `SELECT email::date FROM customers`,
  `SELECT email::int FROM customers WHERE email <> '${planted.inSql}'`,
  'SELECT email, email FROM customers',
  `SELECT error('${planted.inSql}') FROM input`,
  `SELECT * FROM no_such_table_${planted.inSql}`,
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

export const configurations = fc.oneof(
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
          { name: 'new', kind: 'postgres', url: `postgres://u:${planted.databasePassword}@localhost:1/%ff` },
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

/** What fits a field of this name, whatever the operation. */
export function knownFields({ app, inputDir, databaseUrl }: Places): Known {
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
    appId: listed(...Array(9).fill(app.id), 'another-app'),
    appSecret: listed(planted.appSecret),
    refreshToken: listed(
      ...Array(9).fill(app.refreshToken),
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
    folder: listed(inputDir, '/', '/etc', '/nowhere', `${inputDir}/../home`),
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
      { url: 'https://example.com/', secret: planted.webhookSecret },
      { to: ['İ@x'], url: 'x' },
      {},
    ),
    to: listed('2030-01-01', '0001-01-01'),
    url: listed(
      databaseUrl,
      'http://localhost:1/hook',
      `postgres://user:${planted.databasePassword}@localhost:1/none`,
      `postgres://user:${planted.databasePassword}@/db?host=%2Fnowhere`,
      `postgres://u:${planted.databasePassword}@localhost:1/%ff`,
      'postgres://[::1',
      'ftp://example.com',
      'https://example.com/hook#part',
    ),
    sql: listed(...SQL_TEXTS),
    emailColumn: listed('email', 'Email', 'n', 'no such', planted.inSql),
    cron: listed(
      null,
      null,
      '0 3 * * mon',
      '30 2 * * *',
      '0 0 29 2 *',
      '*/5 * * * *',
      '0 0 30 2 *',
      '* * * *',
      '61 * * * *',
      '0 0 31 2,4 1',
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
    password: listed(planted.loginPassword, 'short', 'x'.repeat(400)),
    currentPassword: listed(planted.loginPassword),
    newPassword: listed(planted.loginPassword, 'another password 7'),
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
      fc.subarray(allAlertTopics().map(({ event }) => event)),
    ),
    slowerThanMs: listed(null, null, null, 60_000, 1),
    action: listed(...Object.keys(actionCatalogue), 'retyr', 'credential.'),
    from: listed('2020-01-01', '2026-11-24T13:57:04Z', '0000-01-01', '9999-12-31'),
    members: listed(1, 10, 100_000),
    cursor: fc.oneof(fc.nat().map(String), listed('whole', 'x'.repeat(1_999), '%', '\\')),
    search: listed('whole', '%', '_', '\\', "'", 'x'.repeat(500), '\0', '🙂'),
    limit: listed(1, 50, 200, 1_000),
    upTo: listed(0, 1, Number.MAX_SAFE_INTEGER),
    document: configurations,
    digest: listed('a digest', ''),
    thresholds: listed({}, { warnBelow: 1 }, { failAbove: 5, failBelow: 7 }, { warnAbove: 1e12 }),
  }
}
