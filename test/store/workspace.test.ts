import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Transaction } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPool } from '../../src/store/pool.ts'
import type { Tables } from '../../src/store/schema.ts'
import { allWorkspaces, inWorkspace, PRODUCTION, readAtOnce, transact } from '../../src/store/workspace.ts'
import type { WorkspaceDb } from '../../src/store/workspace.ts'
import { listCredentials } from '../../src/workspace/credentials.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { emptyTables } from '../support/empty-tables.ts'

let database: TestDatabase
let whole: Kysely<Tables>
let ours: WorkspaceDb

beforeAll(async () => {
  database = await createTestDatabase()
  const pool = createPool({ connectionString: database.url }, 'url')
  whole = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  ours = inWorkspace(whole, PRODUCTION)
  await whole.insertInto('workspace').values({ id: 'sb_1' }).execute()
})

beforeEach(async () => {
  await emptyTables(whole, ['data_source', 'workflow'])
  for (const workspace of [PRODUCTION, 'sb_1']) {
    const db = inWorkspace(whole, workspace)
    const source = { name: 'Exports', kind: 'files', settings: '{}', sealed: null } as const
    await db
      .insertInto('data_source')
      .values([
        { ...source, id: `sr_${workspace}` },
        { ...source, id: `sr_raw_${workspace}`, name: sql<string>`upper(${'b'})` },
      ])
      .execute()
    await sql`insert into workflow (id, workspace, kind, state, inputs)
      values (${`wf_${workspace}`}, ${workspace}, 'sync', 'failed', '{}')`.execute(whole)
  }
})

afterAll(async () => {
  await whole.destroy()
  await database.drop()
})

const OURS = ['sr_production', 'sr_raw_production']
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).toSorted()

const reads: readonly [string, () => Promise<readonly { readonly id: string }[]>][] = [
  ['a table', () => ours.selectFrom('data_source').select('id').execute()],
  ['a table under another name', () => ours.selectFrom('data_source as d').select('d.id').execute()],
  ['locked rows', () => ours.selectFrom('data_source').select('id').forUpdate().execute()],
  [
    'locked rows beside others',
    () =>
      ours
        .selectFrom('data_source')
        .leftJoin('workflow', (join) => join.onTrue())
        .select('data_source.id')
        .forUpdate('data_source')
        .execute(),
  ],
  [
    'a join of each row with each',
    () =>
      ours
        .selectFrom('workflow')
        .innerJoin('data_source', (join) => join.onTrue())
        .select('data_source.id')
        .execute(),
  ],
  [
    'written SQL',
    async () => (await sql<{ id: string }>`select s.id from data_source s, workflow w`.execute(ours)).rows,
  ],
  [
    'written SQL within a query of another table',
    () =>
      ours
        .selectFrom(sql<{ id: string }>`(select id from data_source)`.as('found'))
        .select('found.id')
        .execute(),
  ],
  [
    'a union',
    () =>
      ours
        .selectFrom('data_source')
        .select('id')
        .union((eb) => eb.selectFrom('data_source').select('id'))
        .execute(),
  ],
  ['a transaction', () => transact(ours, (tx) => tx.selectFrom('data_source').select('id').execute())],
  ['a moment', () => readAtOnce(ours, (tx) => tx.selectFrom('data_source').select('id').execute())],
  [
    'a transaction of the whole database',
    () =>
      whole
        .transaction()
        .execute((tx) => inWorkspace(tx, PRODUCTION).selectFrom('data_source').select('id').execute()),
  ],
  ['changed rows', () => ours.updateTable('data_source').set({ description: 'x' }).returning('id').execute()],
  [
    'a lock within a query',
    () =>
      ours
        .selectFrom((eb) => eb.selectFrom('data_source').select('id').forUpdate().as('d'))
        .select('d.id')
        .execute(),
  ],
  [
    'a query that was made before',
    () => ours.selectFrom(ours.selectFrom('data_source').select('id').as('d')).select('d.id').execute(),
  ],
  [
    'a count within a query',
    async () => {
      const rows = await ours
        .selectFrom('data_source')
        .select([
          'id',
          (eb) => eb.selectFrom('data_source as d').select(eb.fn.countAll<number>().as('n')).as('n'),
        ])
        .execute()
      return rows.filter(({ n }) => n === 2)
    },
  ],
  [
    'a join from which no row is left out',
    async () => {
      const rows = await ours
        .selectFrom('workspace')
        .rightJoin('data_source', 'data_source.workspace' as 'data_source.id', 'workspace.id')
        .select('data_source.id')
        .execute()
      return rows
    },
  ],
  [
    'a join that finds a part',
    async () => {
      const rows = await ours
        .selectFrom('workspace')
        .leftJoin('data_source', (join) => join.onTrue())
        .where('workspace.id', '=', 'sb_1')
        .select('data_source.id')
        .execute()
      return rows.flatMap(({ id }) => (id === null ? [] : [{ id }]))
    },
  ],
  [
    'changed rows under another name',
    () => ours.updateTable('data_source as d').set({ description: 'x' }).returning('d.id').execute(),
  ],
  [
    'changed rows by a condition on others',
    () =>
      ours
        .updateTable('data_source')
        .set({ description: 'x' })
        .where(sql<boolean>`(select count(*) from workflow) = 1`)
        .returning('id')
        .execute(),
  ],
  ['deleted rows', () => ours.deleteFrom('data_source').returning('id').execute()],
]

test.each(reads)('one workspace has only its own rows: %s', async (_, read) => {
  expect(ids(await read())).toEqual(OURS)
  const left = await allWorkspaces(whole).selectFrom('data_source').selectAll().execute()
  const others = left.filter(({ workspace }) => workspace !== PRODUCTION)
  expect(others.map(({ description }) => description)).toEqual(['', ''])
})

const refusals: readonly [string, () => Promise<unknown>][] = [
  ['a change in written SQL', () => sql`update data_source set name = 'x'`.execute(ours)],
  ['a deletion in written SQL', () => sql`delete from workflow`.execute(ours)],
  ['a lock in written SQL', () => sql`select id from workflow for update`.execute(ours)],
  [
    'a change by what is counted in written SQL of the same table',
    () =>
      ours
        .updateTable('data_source')
        .set({ description: sql<string>`(select count(*)::text from data_source)` })
        .execute(),
  ],
  [
    'a lock of what is read in written SQL too',
    () =>
      ours
        .selectFrom('workflow')
        .select('id')
        .where(sql<boolean>`exists (select from workflow)`)
        .forUpdate()
        .execute(),
  ],
  [
    'rows that a query gives',
    () =>
      ours
        .insertInto('workflow')
        .columns(['id'])
        .expression((eb) => eb.selectFrom('workflow').select('workflow.id'))
        .execute(),
  ],
  [
    'a row of a workspace within a workspace',
    () => {
      const source = { id: 'sr_x', name: 'x', kind: 'files', settings: '{}', sealed: null } as const
      return inWorkspace(ours, 'sb_1').insertInto('data_source').values(source).execute()
    },
  ],
  [
    'a row without a workspace',
    () => sql`insert into credential (id, name, sealed) values ('cr_1', 'a', '')`.execute(whole),
  ],
]

test.each(refusals)('what cannot be kept to one workspace is refused: %s', async (_, work) => {
  await expect(work()).rejects.toThrow(/cannot be kept to one workspace|more than once|not-null/)
})

test('a query that forgets the workspace does not compile', () => {
  const page = { limit: 1, cursor: null, search: null }
  const source = { id: '', name: '', kind: 'files', settings: '', sealed: null } as const
  const forgotten = [
    // @ts-expect-error -- the plain database has no such table
    (db: Kysely<Tables>) => db.selectFrom('query'),
    // @ts-expect-error -- nor may it be taken for that of a workspace
    (db: Kysely<Tables>) => listCredentials(db, page),
    // @ts-expect-error -- also within a transaction
    (tx: Transaction<Tables>) => listCredentials(tx, page),
    // @ts-expect-error -- nor may all workspaces be taken for one
    () => listCredentials(allWorkspaces(whole), page),
    // @ts-expect-error -- a new row says which one it belongs to
    () => allWorkspaces(whole).insertInto('data_source').values(source),
    // @ts-expect-error -- and is not given to another
    () => ours.updateTable('credential').set({ workspace: 'sb_1' }),
  ]
  expect(forgotten).toHaveLength(6)
})
