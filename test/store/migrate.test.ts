import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { Client, Pool } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reportOf } from '../../src/base/rollcall-error.ts'
import { changeRefOf, spooledOf } from '../../src/engines/local/change-ref.ts'
import type { ChangeRef } from '../../src/engines/contract.ts'
import { openList } from '../../src/ledger/lists.ts'
import { listBatches } from '../../src/ledger/attempts.ts'
import { up as mainJob } from '../../src/store/migrations/0001-main-job.ts'
import { up as service } from '../../src/store/migrations/0002-service.ts'
import { up as guard } from '../../src/store/migrations/0007-guard.ts'
import type { StoredProblem } from '../../src/base/workflow-states.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { CHECKOUT } from '../support/processes.ts'
import { dumpSchema } from '../support/schema-dump.ts'
import { migrateTo, migrateUntil } from './migrating.ts'
import { attach, openUrl, testFolder } from './support.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
})

afterEach(async () => {
  await database.drop()
})

async function query<Row extends object>(text: string): Promise<Row[]> {
  return withClient(async (client) => (await client.query<Row>(text)).rows)
}

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const SCHEMA_FILE = join(CHECKOUT, 'src/store/schema.sql')

test('src/store/schema.sql is what the migrations make (ROLLCALL_WRITE_SCHEMA=1 writes it)', async () => {
  await (await openUrl(database.url)).close()
  const made = await withClient(dumpSchema)
  if (process.env['ROLLCALL_WRITE_SCHEMA'] === '1') await writeFile(SCHEMA_FILE, made)
  expect(await readFile(SCHEMA_FILE, 'utf8')).toBe(made)
})

test('the schema dump is SQL that makes the same schema', async () => {
  await query(await readFile(SCHEMA_FILE, 'utf8'))
  expect(await withClient(dumpSchema)).toBe(await readFile(SCHEMA_FILE, 'utf8'))
})

test('a migrated database is left as it is', async () => {
  await (await openUrl(database.url)).close()
  const before = await query('select * from kysely_migration')
  await (await openUrl(database.url)).close()
  expect(await query('select * from kysely_migration')).toEqual(before)
})

test('several processes that migrate at once all get the migrated database', async () => {
  const home = await testFolder('migrate')
  const options = { env: { DATABASE_URL: database.url } }
  const processes = [attach(home, options), attach(home, options)]
  const [, , ...answers] = await Promise.all([
    ...[openUrl(database.url), openUrl(database.url)].map(async (store) => (await store).close()),
    ...processes.map((process) => process.ask()),
  ])
  expect(answers).toEqual(['open', 'open'])
  expect(await processes[0]?.ask('sql select count(*)::int as n from workflow')).toBe('[{"n":0}]')
  await Promise.all(processes.map((process) => process.ask('close')))
})

test('a database that a newer version has migrated is refused, and not touched', async () => {
  await (await openUrl(database.url)).close()
  await query(`insert into kysely_migration values ('9999-later', now()::text)`)
  const before = await withClient(dumpSchema)
  await expect(openUrl(database.url)).rejects.toMatchObject({
    code: 'home_too_new',
    message: expect.stringContaining('9999-later') as string,
  })
  expect(await withClient(dumpSchema)).toBe(before)
})

test('a workflow that waited before the guard judged both numbers says both by now', async () => {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: database.url }) }),
  })
  try {
    await mainJob(db)
    await service(db)
    await query(`insert into customer_list (id, ad_account_id, name) values ('cl_1', '1', 'ACME')`)
    const waiting = {
      code: 'large_removal',
      data: { removes: 1500, members: 2000, percent: 75, limit: '50 %' },
    }
    await query(`insert into workflow (id, kind, list_id, state, inputs, error, warnings)
      values ('wf_1', 'sync', 'cl_1', 'waiting', '{}', '${JSON.stringify(waiting)}', '[]')`)
    await query(`insert into change_set (id, list_id, workflow_id, state, adds, removes, adds_by_bucket,
        removes_by_bucket, desired_snapshot, desired_count)
      values ('cs_1', 'cl_1', 'wf_1', 'open', 1200, 1500, '[]', '[]', 'sn_1', 1700)`)
    await query(`insert into task (workflow_id, name, position, state, started_at, error)
      values ('wf_1', 'remove', 7, 'waiting', now(), '${JSON.stringify(waiting)}')`)
    await guard(db)
  } finally {
    await db.destroy()
  }
  const stored = await query<{ error: StoredProblem }>(
    'select error from workflow union all select error from task',
  )
  expect(stored.map(({ error }) => reportOf(error.code, error.data).message)).toEqual(
    Array.from(
      { length: 2 },
      () =>
        'Large removal: 1,500 of 2,000 members would be removed (75 %), more than the limit of 50 %. 1,200 have been added. The removals wait for your approval.',
    ),
  )
})

test('a change set that was open before changes had references has the one that the engine would give it', async () => {
  await migrateTo(database.url, '0018-destination-kinds')
  await query(`insert into customer_list (id, ad_account_id, name) values ('cl_1', '1', 'VIP')`)
  await query(`insert into workflow (id, workspace, kind, subject, state, inputs)
    values ('wf_1', 'production', 'sync', 'cl_1', 'failed', '{}')`)
  const spooled = { set: 'sn_1', adds: [3, 0, 4], removes: [0, 2, 0] }
  await query(`insert into change_set (id, list_id, workflow_id, state, adds, removes, adds_by_bucket,
      removes_by_bucket, desired_snapshot, desired_count)
    values ('cs_1', 'cl_1', 'wf_1', 'open', 7, 2, '[3,0,4]', '[0,2,0]', 'sn_1', 9)`)
  await (await openUrl(database.url)).close()
  const [stored] = await query<{ change_ref: ChangeRef }>('select change_ref from change_set')
  expect(spooledOf(stored?.change_ref ?? changeRefOf({ ...spooled, set: '' }))).toEqual(spooled)
  expect(spooledOf(changeRefOf(spooled))).toEqual(spooled)
})

test('a customer list that was there before targets is found by its name, whatever that is made of', async () => {
  await migrateTo(database.url, '0021-no-list')
  const names = [
    'VIP',
    'Say "hi"',
    String.raw`a\b/c`,
    'Zoë 客户 \u2028 \u{1f600}',
    'tab\tline\nbell\u0007 \u007f',
  ]
  const quoted = names.map((name, index) => `('cl_${index}', '1', ${Client.prototype.escapeLiteral(name)})`)
  await query(`insert into customer_list (id, ad_account_id, name) values ${quoted.join(', ')}`)
  const store = await openUrl(database.url)
  try {
    const found = []
    for (const name of names) found.push((await openList(store.db, '1', name)).id)
    expect(found).toEqual(names.map((_, index) => `cl_${index}`))
  } finally {
    await store.close()
  }
})

test('batches keep their state and the number of tries that they had before attempts were rows', async () => {
  await migrateTo(database.url, '0019-references')
  await query(`insert into customer_list (id, ad_account_id, name) values ('cl_1', '1', 'VIP')`)
  await query(`insert into workflow (id, workspace, kind, subject, state, inputs)
    values ('wf_1', 'production', 'sync', 'cl_1', 'failed', '{}')`)
  await query(`insert into change_set (id, list_id, workflow_id, state, adds, removes, change_ref, desired_snapshot, desired_count)
    values ('cs_1', 'cl_1', 'wf_1', 'open', 6, 0, '{}', 'sn_1', 6)`)
  // One that was found on a list counts no try; one whose process died at once counts none either.
  const batches = [
    ['confirmed', 0],
    ['confirmed', 1],
    ['confirmed', 3],
    ['sending', 0],
    ['unanswered', 2],
    ['planned', 2],
  ] as const
  for (const [index, [state, attempts]] of batches.entries())
    await query(`insert into batch (change_set_id, number, operation, first, count, state, attempts)
      values ('cs_1', ${index + 1}, 'add', ${index}, 1, '${state}', ${attempts})`)
  const store = await openUrl(database.url)
  const kept = await listBatches(store.db, 'cs_1')
  await store.close()
  expect(kept.map(({ state, attempts }) => [state, attempts])).toEqual(
    // The try that was on its way counts from now on.
    batches.map(([state, attempts]) => [state, state === 'sending' ? attempts + 1 : attempts]),
  )
})

test('an orchestration to a customer list keeps the options that it had before kinds declared theirs', async () => {
  await migrateTo(database.url, '0024-parts')
  await query(
    `insert into credential (id, workspace, name, sealed) values ('cr_1', 'production', 'Brand', 'x')`,
  )
  await query(`insert into data_source (id, workspace, name, kind, settings)
    values ('sr_1', 'production', 'Exports', 'files', '{}')`)
  await query(
    `insert into query (id, workspace, name, data_source_id) values ('qy_1', 'production', 'Loyal', 'sr_1')`,
  )
  await query(`insert into destination (id, workspace, name, credential_id, kind, settings)
    values ('ds_1', 'production', 'Main', 'cr_1', 'customer_list', '{}'),
      ('ds_2', 'production', 'Other', 'cr_1', 'other', '{}')`)
  await query(`insert into orchestration
      (id, workspace, name, query_id, destination_id, adopt, send_additions_first)
    values ('or_1', 'production', 'One', 'qy_1', 'ds_1', true, false),
      ('or_2', 'production', 'Two', 'qy_1', 'ds_1', false, true),
      ('or_3', 'production', 'Three', 'qy_1', 'ds_2', false, false)`)
  let statements = 1
  while (!(await migrateUntil(database.url, statements, (name) => name === '0025-options'))) {
    expect(await query('select adopt from orchestration order by id')).toHaveLength(3)
    statements += 1
  }
  expect(statements).toBeGreaterThan(3)
  expect(await query('select options from orchestration order by id')).toEqual([
    { options: { adopt: true, sendAdditionsFirst: false } },
    { options: { adopt: false, sendAdditionsFirst: true } },
    { options: {} },
  ])
})

test('a workflow that was to let its list go still does, now by the action that asked for it', async () => {
  await migrateTo(database.url, '0025-options')
  await query(`insert into workflow (id, workspace, kind, state, inputs, release_list)
    values ('wf_1', 'production', 'sync', 'scheduled', '{}', 'rebuild'),
      ('wf_2', 'production', 'sync', 'scheduled', '{}', null)`)
  await migrateTo(database.url, '0026-started-with')
  expect(await query('select started_with from workflow order by id')).toEqual([
    { started_with: 'rebuild' },
    { started_with: null },
  ])
})

/** The database as the version before workspaces left it, with one object of each kind and a workflow. */
async function withoutWorkspaces(): Promise<void> {
  await migrateTo(database.url, '0010-lost-processes')
  await query(`insert into credential (id, name, sealed) values ('cr_1', 'Brand', 'x')`)
  await query(`insert into data_source (id, name, kind, settings) values ('sr_1', 'Exports', 'files', '{}')`)
  await query(`insert into query (id, name, data_source_id) values ('qy_1', 'Loyal', 'sr_1')`)
  await query(
    `insert into destination (id, name, credential_id, ad_account_id) values ('ds_1', 'Main', 'cr_1', '1')`,
  )
  await query(`insert into customer_list (id, ad_account_id, name) values ('cl_1', '1', 'VIP')`)
  await query(`insert into orchestration (id, name, query_id, destination_id, list_name, list_id)
    values ('or_1', 'Daily', 'qy_1', 'ds_1', 'VIP', 'cl_1')`)
  await query(`insert into workflow (id, kind, list_id, state, inputs, orchestration_id)
    values ('wf_1', 'sync', 'cl_1', 'succeeded', '{}', 'or_1'), ('wf_2', 'sync', 'cl_1', 'waiting', '{}', null)`)
}

/** Those that came with workspaces and after them, until homes of a version are kept (`stored-homes.test.ts`). */
const isCounted = (name: string): boolean => name >= '0011' && name < '0018'

test('what there was before workspaces belongs to production, wherever the migration was killed on the way', async () => {
  await withoutWorkspaces()
  const before = await withClient(dumpSchema)
  const files = `select relname, pg_relation_filenode(oid) as file from pg_class
    where relname in ('workflow', 'query', 'orchestration') order by relname`
  const written = await query(files)
  let statements = 1
  while (!(await migrateUntil(database.url, statements, isCounted))) {
    expect(await withClient(dumpSchema)).toBe(before)
    statements += 1
  }
  expect(statements).toBeGreaterThan(20)
  expect(await withClient(dumpSchema)).toBe(await readFile(SCHEMA_FILE, 'utf8'))
  // A destination of before keeps a customer list in its ad account.
  expect(await query(`select kind, settings, sealed from destination`)).toEqual([
    {
      kind: 'customer_list',
      settings: { audiencePrimaryKey: 'email', adAccountId: '1', adAccountName: '' },
      sealed: null,
    },
  ])
  // Not one row was written anew.
  expect(await query(files)).toEqual(written)
  for (const table of ['credential', 'data_source', 'query', 'destination', 'orchestration', 'workflow'])
    expect(await query(`select distinct workspace from ${table}`)).toEqual([{ workspace: 'production' }])
})
