import { Kysely, PostgresDialect, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { newId } from '../../src/base/ids.ts'
import type { ErrorCode, ErrorData } from '../../src/base/catalogue.ts'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { createPool } from '../../src/store/pool.ts'
import type { Tables } from '../../src/store/schema.ts'
import type { StoredProblem, WorkflowState } from '../../src/base/workflow-states.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { endWorkflow, reopenWorkflow } from '../../src/workflow/workflow-store.ts'
import { finishTask, startTask } from '../../src/workflow/tasks.ts'
import { addKind } from '../../src/workflow/kind.ts'
import { listKinds } from '../../src/destinations/customer-list/kinds.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { emptyTables } from '../support/empty-tables.ts'

export type Db = Kysely<Tables>

listKinds.forEach(addKind)

/** One database for all tests of a file, emptied before each. */
export function sharedDatabase(): { readonly db: Db; readonly url: string } {
  const shared = {} as { db: Db; url: string }
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    const pool = createPool({ connectionString: database.url }, 'url')
    shared.url = database.url
    shared.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  })
  beforeEach(async () => {
    await emptyTables(shared.db, [
      'workflow',
      'credential',
      'data_source',
      'customer_list',
      'notification',
      'alert',
    ])
  })
  afterAll(async () => {
    await shared.db.destroy()
    await database.drop()
  })
  return shared
}

export interface Configured {
  readonly credential: string
  readonly destination: string
  readonly query: string
  readonly orchestration: string
}

/** An orchestration "Loyal customers" to the destination "Pinterest", with what it needs. */
export async function configure(
  db: Db,
  access: { adminOnly?: boolean; limitedPii?: boolean } = {},
  names: { orchestration?: string; destination?: string } = {},
): Promise<Configured> {
  const ids = {
    credential: newId('cr'),
    destination: newId('ds'),
    query: newId('qy'),
    orchestration: newId('or'),
  }
  const source = newId('sr')
  const list = newId('cl')
  const own = inWorkspace(db, PRODUCTION)
  await own
    .insertInto('credential')
    .values({
      id: ids.credential,
      name: `Main ${ids.credential}`,
      sealed: '',
      seed_digest: null,
      problem: null,
      warned_at: null,
      access_expires_at: null,
      refresh_expires_at: null,
    })
    .execute()
  await own
    .insertInto('destination')
    .values({
      id: ids.destination,
      name: names.destination ?? 'Pinterest',
      credential_id: ids.credential,
      kind: 'customer_list',
      settings: JSON.stringify({ audiencePrimaryKey: 'email', adAccountId: '549755885175' }),
      sealed: null,
      admin_only: access.adminOnly ?? false,
      limited_pii: access.limitedPii ?? false,
    })
    .execute()
  await own
    .insertInto('data_source')
    .values({ id: source, name: source, kind: 'files', settings: '{}', sealed: null })
    .execute()
  await own
    .insertInto('query')
    .values({
      id: ids.query,
      name: `Loyal ${ids.query}`,
      data_source_id: source,
      active: null,
      draft: null,
      activated_at: null,
      last_run: null,
    })
    .execute()
  await db.insertInto('target').values({ id: list, kind: 'customer_list', key: list, name: list }).execute()
  await sql`insert into customer_list (id, ad_account_id, name) values (${list}, '549755885175', ${list})`.execute(
    db,
  )
  await own
    .insertInto('orchestration')
    .values({
      id: ids.orchestration,
      name: names.orchestration ?? 'Loyal customers',
      query_id: ids.query,
      destination_id: ids.destination,
      list_name: list,
      target_id: list,
      cron: null,
      next_run_at: null,
    })
    .execute()
  return ids
}

/** A workflow that runs, of an orchestration or of the command line. */
export async function addWorkflow(
  db: Db,
  configured: Configured | null,
  changes: {
    state?: WorkflowState
    kind?: string
    name?: string
    parent?: string
    warnings?: StoredProblem[]
  } = {},
): Promise<string> {
  const id = newId('wf')
  await db
    .insertInto('workflow')
    .values({
      id,
      workspace: PRODUCTION,
      kind: changes.kind ?? 'sync',
      parent: changes.parent ?? null,
      subject: null,
      state: changes.state ?? 'running',
      inputs: JSON.stringify({ list: 'VIP', adAccountId: '549755885175' }),
      holder: 'test:1',
      error: null,
      warnings: JSON.stringify(changes.warnings ?? []),
      resolved_with: null,
      ended_at: null,
      started_with: null,
      name: configured === null ? null : (changes.name ?? 'Loyal customers'),
      orchestration_id: configured?.orchestration ?? null,
      destination_id: configured?.destination ?? null,
      query_id: configured?.query ?? null,
      credential_id: configured?.credential ?? null,
    })
    .execute()
  return id
}

export async function setState(db: Db, id: string, state: WorkflowState): Promise<void> {
  await db.updateTable('workflow').set({ state }).where('id', '=', id).execute()
}

export async function end(
  db: Db,
  id: string,
  state: 'succeeded' | 'failed' | 'waiting' | 'stopped',
  code: ErrorCode | null = null,
  data: ErrorData = {},
): Promise<void> {
  await endWorkflow(db, id, state, code === null ? null : new RollcallError(code, data))
}

export async function rerun(db: Db, id: string): Promise<void> {
  await reopenWorkflow(db, id, { inputs: { list: 'VIP' }, holder: 'test:2', action: 'retry' })
}

export async function doTask(db: Db, id: string, name: string, position: number): Promise<void> {
  await startTask(db, id, name, position)
  await finishTask(db, id, name, { output: {}, version: 1 })
}

export const largeRemoval = {
  removes: 112_361,
  adds: 1_203,
  members: '184,203 members',
  percent: 61,
  limit: '50 %',
  others: '1,203 would be added',
  sent: 'Nothing has been sent yet.',
  change: 'add 1,203 members and remove 112,361',
}

/** Resolves when another connection waits for a lock; gives the processes that do. */
export async function untilSomebodyWaits(tx: Db): Promise<number[]> {
  for (;;) {
    const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(tx)
    if (rows.length > 0) return rows.map(({ pid }) => pid)
  }
}
