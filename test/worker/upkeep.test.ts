import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Slots } from '../../src/worker/slots.ts'
import { takeCare } from '../../src/worker/upkeep.ts'
import { openService } from '../server/support.ts'
import type { Service } from '../server/support.ts'

/** What one worker does from time to time for all of them: what was kept long enough goes, and nothing else. */

let service: Service

beforeAll(async () => {
  service = await openService()
})

afterAll(() => service.close())

/** Rows of this table, each as old as its name says in days. */
const OLD_AND_NEW = {
  notification: sql`insert into notification (id, kind, title, text, created_at, updated_at)
    select name, 'error', 't', 't', at, at from aged`,
  idempotency: sql`insert into idempotency (principal_id, key, request_digest, created_at)
    select 'us_1', name, 'd', at from aged`,
  sign_in_failure: sql`insert into sign_in_failure (key, failures, last_at) select name, 1, at from aged`,
  alert_recipient: sql`insert into alert_recipient (alert_id, event_id, recipient, created_at)
    select alert.id, 'e', aged.name, at from aged, alert`,
  stored_file: sql`insert into stored_file (folder, name, part, bytes, created_at)
    select 'rejects/' || name, 'rejects.csv', 0, 'x'::bytea, at from aged union all
    select 'told/' || name, 'rejects.csv', 0, 'x'::bytea, at from aged`,
} as const

test('what was kept long enough is deleted, and no other file', async () => {
  const { platform, queue } = service
  const { db } = platform.store
  const admin = await service.as(['datagrid_administrator'])
  await admin.ok('POST', '/alerts', {
    name: 'any',
    events: ['workflow_failed'],
    target: { to: ['ops@example.com'] },
  })
  const ages = sql`aged as (select name, now() - days * interval '1 day' as at from (values ('old', 400), ('new', 0)) v (name, days))`
  for (const insert of Object.values(OLD_AND_NEW)) await sql`with ${ages} ${insert}`.execute(db)
  const failed: string[] = []
  const worker = {
    platform,
    queue,
    slots: new Slots(1),
    inHand: new Map(),
    signal: new AbortController().signal,
  }
  await takeCare(worker, (error, where) => failed.push(`${where}: ${error.code}`))
  expect(failed).toEqual([])
  const left = async (table: keyof typeof OLD_AND_NEW): Promise<string[]> => {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`.execute(db)
    return rows.map(({ row }) => /(?:\w+\/)?\b(?:old|new)\b/.exec(row)?.[0] ?? row).toSorted()
  }
  for (const table of ['notification', 'idempotency', 'sign_in_failure', 'alert_recipient'] as const)
    expect(await left(table), table).toEqual(['new'])
  expect(await left('stored_file')).toEqual(['rejects/new', 'told/new', 'told/old'])
})
