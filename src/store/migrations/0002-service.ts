import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Tables of the service: people and keys, what they configure, notifications, alerts and the activity log. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create table app_user (
    id text primary key,
    email text not null unique,
    name text not null,
    password_hash text,
    must_change_password boolean not null default false,
    policies text[] not null,
    options text[] not null default '{}',
    disabled_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table session (
    id text primary key,
    token_digest text not null unique,
    user_id text not null references app_user on delete cascade,
    origin_ip text,
    user_agent text,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `create index session_by_user on session (user_id)`,
  `create table api_key (
    id text primary key,
    name text not null unique,
    token_digest text not null unique,
    previous_digest text unique,
    previous_until timestamptz,
    policies text[] not null,
    options text[] not null default '{}',
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table sign_in_failure (
    key text primary key,
    failures integer not null,
    last_at timestamptz not null,
    blocked_until timestamptz
  )`,
  `create table activity (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    principal_kind text not null,
    principal_id text,
    principal_name text not null,
    session_id text,
    action text not null,
    object_type text not null,
    object_id text,
    object_name text,
    origin_ip text,
    user_agent text,
    detail jsonb not null default '{}'
  )`,
  `create index activity_by_object on activity (object_type, object_id, id desc)`,
  `create function refuse_change() returns trigger language plpgsql as
    $$ begin raise exception 'the activity log is append-only'; end $$`,
  `create trigger activity_is_append_only before update or delete or truncate on activity
    for each statement execute function refuse_change()`,
  `alter table credential
    alter column seed_digest drop not null,
    add column plugin text not null default 'pinterest',
    add column description text not null default '',
    add column problem jsonb,
    add column warned_at timestamptz,
    add column version integer not null default 1`,
  `create table data_source (
    id text primary key,
    name text not null unique,
    description text not null default '',
    kind text not null check (kind in ('files', 'postgres')),
    settings jsonb not null,
    sealed text,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table destination (
    id text primary key,
    name text not null unique,
    description text not null default '',
    credential_id text not null references credential,
    admin_only boolean not null default false,
    limited_pii boolean not null default false,
    primary_key text not null default 'email',
    ad_account_id text not null,
    ad_account_name text not null default '',
    limits jsonb not null default '{}',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create index destination_by_credential on destination (credential_id)`,
  `create table query (
    id text primary key,
    name text not null unique,
    description text not null default '',
    data_source_id text not null references data_source,
    active jsonb,
    draft jsonb,
    activated_at timestamptz,
    thresholds jsonb not null default '{}',
    last_run jsonb,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create index query_by_data_source on query (data_source_id)`,
  `create table orchestration (
    id text primary key,
    name text not null unique,
    query_id text not null references query,
    destination_id text not null references destination,
    list_name text not null,
    list_id text not null unique references customer_list,
    automatic boolean not null default false,
    enabled boolean not null default true,
    cron text,
    time_zone text not null default 'UTC',
    next_run_at timestamptz,
    limits jsonb not null default '{}',
    adopt boolean not null default false,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create index orchestration_by_query on orchestration (query_id)`,
  `create index orchestration_by_destination on orchestration (destination_id)`,
  `create index orchestration_due on orchestration (next_run_at) where next_run_at is not null`,
  `alter table workflow
    drop constraint workflow_state_check,
    add constraint workflow_state_check
      check (state in ('scheduled', 'running', 'waiting', 'failed', 'stopped', 'succeeded')),
    add column name text,
    add column orchestration_id text references orchestration on delete set null,
    add column destination_id text references destination on delete set null,
    add column query_id text references query on delete set null,
    add column credential_id text references credential on delete set null,
    add column started_by jsonb not null default '{"kind":"local","id":null,"name":"command line"}',
    add column release_list text,
    add column turn integer not null default 1,
    add column told_at timestamptz,
    add column requests jsonb not null default '{"reads":0,"writes":0,"retries":0,"throttled":0}'`,
  `alter table customer_list add column changed_elsewhere jsonb`,
  `create index workflow_untold on workflow (id) where told_at is null and ended_at is not null`,
  `create index change_set_by_workflow on change_set (workflow_id)`,
  `create index workflow_by_state on workflow (state, number desc)`,
  `create index workflow_by_orchestration on workflow (orchestration_id, number desc)`,
  `create index workflow_by_start on workflow (started_at)`,
  `create table notification (
    id text primary key,
    number bigint generated always as identity unique,
    kind text not null check (kind in ('running', 'completed', 'warning', 'error')),
    workflow_id text unique references workflow on delete cascade,
    destination_id text references destination on delete cascade,
    admin_only boolean not null default false,
    title text not null,
    text text not null,
    code text,
    data jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table notification_read (
    principal_id text not null,
    notification_id text not null references notification on delete cascade,
    at timestamptz not null default now(),
    primary key (principal_id, notification_id)
  )`,
  `create table alert (
    id text primary key,
    name text not null unique,
    events text[] not null,
    channel text not null check (channel in ('email', 'webhook')),
    target jsonb not null,
    sealed text,
    slower_than_ms bigint,
    reach jsonb,
    enabled boolean not null default true,
    last_sent_at timestamptz,
    last_problem text,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table idempotency (
    principal_id text not null,
    key text not null,
    request_digest text not null,
    status integer,
    body jsonb,
    created_at timestamptz not null default now(),
    primary key (principal_id, key)
  )`,
  `create index idempotency_by_age on idempotency (created_at)`,
  `create table stored_file (
    folder text not null,
    name text not null,
    part integer not null,
    bytes bytea not null,
    created_at timestamptz not null default now(),
    primary key (folder, name, part)
  )`,
]
