import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Tables of the main job: credentials, the ledger, workflows and the shared rate limiter. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table credential (
      id text primary key,
      name text not null unique,
      sealed text not null,
      seed_digest text not null,
      access_expires_at timestamptz,
      refresh_expires_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table customer_list (
      id text primary key,
      ad_account_id text not null,
      name text not null,
      pinterest_list_id text,
      audience_id text,
      create_intent jsonb,
      told_snapshot text,
      told_count bigint not null default 0,
      unsure_snapshot text,
      unsure_count bigint not null default 0,
      counters jsonb,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (ad_account_id, name)
    )`.execute(db)
  await sql`
    create table workflow (
      id text primary key,
      number bigint generated always as identity unique,
      kind text not null,
      list_id text references customer_list,
      state text not null check (state in ('running', 'waiting', 'failed', 'stopped', 'succeeded')),
      inputs jsonb not null,
      holder text,
      error jsonb,
      warnings jsonb not null default '[]',
      resolved_with text,
      stop_requested boolean not null default false,
      started_at timestamptz not null default now(),
      ended_at timestamptz
    )`.execute(db)
  await sql`create index workflow_by_list on workflow (list_id, number desc)`.execute(db)
  await sql`
    create table task (
      workflow_id text not null references workflow on delete cascade,
      name text not null,
      position integer not null,
      state text not null check (state in ('running', 'failed', 'succeeded', 'waiting')),
      attempts integer not null default 1,
      output jsonb,
      error jsonb,
      started_at timestamptz not null,
      ended_at timestamptz,
      primary key (workflow_id, name)
    )`.execute(db)
  await sql`
    create table run_log (
      id bigint generated always as identity primary key,
      workflow_id text not null references workflow on delete cascade,
      at timestamptz not null default now(),
      level text not null check (level in ('info', 'warning', 'error')),
      task text,
      text text not null
    )`.execute(db)
  await sql`create index run_log_by_workflow on run_log (workflow_id, id)`.execute(db)
  await sql`
    create table change_set (
      id text primary key,
      number bigint generated always as identity unique,
      list_id text not null references customer_list,
      workflow_id text not null references workflow,
      state text not null check (state in ('open', 'done', 'folded')),
      adds bigint not null,
      removes bigint not null,
      adds_by_bucket jsonb not null,
      removes_by_bucket jsonb not null,
      desired_snapshot text not null,
      desired_count bigint not null,
      created_at timestamptz not null default now(),
      ended_at timestamptz
    )`.execute(db)
  await sql`create unique index one_open_change_set on change_set (list_id) where state = 'open'`.execute(db)
  await sql`
    create table batch (
      change_set_id text not null references change_set on delete cascade,
      number integer not null,
      operation text not null check (operation in ('add', 'remove')),
      first bigint not null,
      count integer not null,
      state text not null default 'planned' check (state in ('planned', 'sending', 'confirmed', 'unanswered')),
      attempts integer not null default 0,
      sent_at timestamptz,
      answered_at timestamptz,
      status integer,
      request_id text,
      counters jsonb,
      primary key (change_set_id, number)
    )`.execute(db)
  await sql`
    create table rate_slot (
      key text primary key,
      next_at timestamptz not null,
      held_at timestamptz,
      held_until timestamptz
    )`.execute(db)
}
