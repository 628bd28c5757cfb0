import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Tables } from '../src/store/schema.ts'
import { openPlatform } from '../src/platform/open.ts'
import type { Platform } from '../src/platform/open.ts'
import { serviceApp } from './service-app.ts'

/** A service with a long history, in a data folder of its own below the temporary folder, which is removed at the end. */
export async function withHistory<T>(
  size: number,
  webFolder: string | null,
  { lists = 200 }: { readonly lists?: number },
  use: (service: { readonly app: Hono; readonly platform: Platform }) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-history-'))
  const platform = await openPlatform({ ROLLCALL_HOME: dir })
  const closing = new AbortController()
  const { db } = platform.store
  try {
    await fill(db, size, lists)
    const queue = { runWorkflow: async () => {}, sendAlert: async () => {} }
    const app = serviceApp(platform, queue, { webFolder, closing: closing.signal })
    return await use({ app, platform })
  } finally {
    closing.abort()
    await platform.store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/**
 * Twenty orchestrations whose runs make the history, with tasks, receipts, cards, and an entry in the activity log each; and so many
 * lists with a schedule, no two alike, that have run once.
 */
async function fill(db: Kysely<Tables>, size: number, lists: number): Promise<void> {
  const statements = [
    `insert into credential (id, workspace, name, sealed) values ('cr_bench', 'production', 'bench', '')`,
    `insert into destination (id, workspace, name, kind, settings, credential_id)
      select 'ds_' || n, 'production', 'destination ' || n, 'customer_list', '{"adAccountId":"549755880001"}', 'cr_bench' from generate_series(1, 20) n`,
    `insert into data_source (id, workspace, name, kind, settings)
      values ('sr_bench', 'production', 'bench', 'files', '{"folder":"/srv","files":["a.csv"]}')`,
    `insert into query (id, workspace, name, data_source_id, active)
      select 'qy_' || n, 'production', 'query ' || n, 'sr_bench', '{"sql":"SELECT email FROM input","emailColumn":"email","hashed":false}'
      from generate_series(1, 20) n`,
    `insert into target (id, kind, key, name)
      select 'cl_' || n, 'customer_list', format('["549755880001","list %s"]', n), 'list ' || n from generate_series(1, 20) n
      union all select 'cl_scheduled_' || n, 'customer_list', format('["549755880001","scheduled %s"]', n), 'scheduled ' || n
      from generate_series(1, ${lists}) n`,
    `insert into customer_list (id, ad_account_id, name)
      select 'cl_' || n, '549755880001', 'list ' || n from generate_series(1, 20) n`,
    `insert into orchestration (id, workspace, name, query_id, destination_id, list_name, target_id)
      select 'or_' || n, 'production', 'orchestration ' || n, 'qy_' || n, 'ds_' || n, 'list ' || n, 'cl_' || n
      from generate_series(1, 20) n`,
    `insert into customer_list (id, ad_account_id, name)
      select 'cl_scheduled_' || n, '549755880001', 'scheduled ' || n from generate_series(1, ${lists}) n`,
    `insert into orchestration (id, workspace, name, query_id, destination_id, list_name, target_id, automatic, cron, time_zone, next_run_at)
      select 'or_scheduled_' || n, 'production', 'scheduled ' || n, 'qy_' || n % 20 + 1, 'ds_' || n % 20 + 1, 'scheduled ' || n,
        'cl_scheduled_' || n, true, n % 60 || ' ' || n % 24 || (array[' * * *', ' * * 1-5', ' * * 1,4', ' 1 * *'])[n % 4 + 1],
        (array['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC', 'Australia/Sydney'])[n % 5 + 1], now()
      from generate_series(1, ${lists}) n`,
    `insert into workflow (id, workspace, kind, subject, state, inputs, name, orchestration_id, destination_id, query_id,
        credential_id, started_by, started_at, ended_at, told_at)
      select 'wf_scheduled_' || n, 'production', 'sync', 'cl_scheduled_' || n, 'succeeded',
        jsonb_build_object('list', 'scheduled ' || n, 'adAccountId', '549755880001'), 'scheduled ' || n,
        'or_scheduled_' || n, 'ds_' || n % 20 + 1, 'qy_' || n % 20 + 1, 'cr_bench',
        '{"kind":"schedule","id":null,"name":"schedule"}', at, at, at
      from (select n, timestamptz '2025-01-01' as at from generate_series(1, ${lists}) n) s`,
    `insert into workflow (id, workspace, kind, subject, state, inputs, name, orchestration_id, destination_id, query_id,
        credential_id, started_by, started_at, ended_at, told_at, error)
      select 'wf_' || lpad(n::text, 8, '0'), 'production', 'sync', 'cl_' || i, case when n % 7 = 0 then 'failed' else 'succeeded' end,
        jsonb_build_object('list', 'list ' || i, 'adAccountId', '549755880001'), 'orchestration ' || i, 'or_' || i,
        'ds_' || i, 'qy_' || i, 'cr_bench', '{"kind":"schedule","id":null,"name":"schedule"}', at, at + interval '4 min',
        at + interval '4 min',
        case when n % 7 = 0 then '{"code":"not_enough_records","data":{"detail":"few","minimum":100}}'::jsonb end
      from (select n, n % 20 + 1 as i, timestamptz '2026-01-01' + n * interval '30 min' as at
        from generate_series(1, ${size}) n) s`,
    `insert into task (workflow_id, name, position, state, started_at, ended_at, output)
      select w.id, t.name, t.position, 'succeeded', w.started_at, w.ended_at,
        '{"members":184203,"duplicates":0,"added":1203,"removed":396,"unchanged":183000,
          "changeSetId":"cs","toldBefore":183396,"unsureBefore":0}'
      from workflow w, (values ('query', 0), ('connect', 1), ('prepare', 2), ('compare', 3), ('resolve_list', 4),
        ('guard', 5), ('add', 6), ('remove', 7), ('attach_audience', 8), ('verify', 9)) t (name, position)`,
    `insert into change_set (id, list_id, workflow_id, state, adds, removes, change_ref, desired_snapshot,
        desired_count, ended_at)
      select 'cs_' || id, subject, id, 'done', 1203, 396, '{}', 'sn', 184203, ended_at from workflow order by number`,
    `insert into batch (change_set_id, number, operation, first, count)
      select c.id, n, case when n < 3 then 'add' else 'remove' end, 0, 400
      from change_set c, generate_series(1, 4) n`,
    `insert into attempt (change_set_id, batch, number) select change_set_id, number, 1 from batch`,
    `insert into attempt_outcome (change_set_id, batch, attempt, outcome)
      select change_set_id, number, 1, 'confirmed' from batch`,
    `insert into notification (id, kind, workflow_id, destination_id, title, text, created_at, updated_at)
      select 'nt_' || id, case when state = 'failed' then 'error' else 'completed' end, id, destination_id,
        name || ' → Pinterest, ' || (inputs->>'list'), 'done', ended_at, ended_at from workflow order by number`,
    `insert into notification_read (principal_id, notification_id)
      select 'local', id from notification where number % 3 > 0`,
    `insert into activity (principal_kind, principal_name, action, object_type, object_id, object_name, at)
      select 'schedule', 'schedule', 'orchestration.run', 'orchestration', orchestration_id, name, started_at from workflow`,
    'analyze',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
