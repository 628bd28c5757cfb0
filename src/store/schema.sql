create table batch (
  change_set_id text not null,
  number integer not null,
  operation text not null,
  first bigint not null,
  count integer not null,
  state text not null default 'planned'::text,
  attempts integer not null default 0,
  sent_at timestamp with time zone,
  answered_at timestamp with time zone,
  status integer,
  request_id text,
  counters jsonb,
  constraint batch_pkey PRIMARY KEY (change_set_id, number),
  constraint batch_operation_check CHECK ((operation = ANY (ARRAY['add'::text, 'remove'::text]))),
  constraint batch_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'sending'::text, 'confirmed'::text, 'unanswered'::text])))
);

create table change_set (
  id text not null,
  number bigint not null generated always as identity,
  list_id text not null,
  workflow_id text not null,
  state text not null,
  adds bigint not null,
  removes bigint not null,
  adds_by_bucket jsonb not null,
  removes_by_bucket jsonb not null,
  desired_snapshot text not null,
  desired_count bigint not null,
  created_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  constraint change_set_pkey PRIMARY KEY (id),
  constraint change_set_number_key UNIQUE (number),
  constraint change_set_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text, 'folded'::text])))
);
CREATE UNIQUE INDEX one_open_change_set ON public.change_set USING btree (list_id) WHERE (state = 'open'::text);

create table credential (
  id text not null,
  name text not null,
  sealed text not null,
  seed_digest text not null,
  access_expires_at timestamp with time zone,
  refresh_expires_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint credential_pkey PRIMARY KEY (id),
  constraint credential_name_key UNIQUE (name)
);

create table customer_list (
  id text not null,
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
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint customer_list_pkey PRIMARY KEY (id),
  constraint customer_list_ad_account_id_name_key UNIQUE (ad_account_id, name)
);

create table rate_slot (
  key text not null,
  next_at timestamp with time zone not null,
  held_at timestamp with time zone,
  held_until timestamp with time zone,
  constraint rate_slot_pkey PRIMARY KEY (key)
);

create table run_log (
  id bigint not null generated always as identity,
  workflow_id text not null,
  at timestamp with time zone not null default now(),
  level text not null,
  task text,
  text text not null,
  constraint run_log_pkey PRIMARY KEY (id),
  constraint run_log_level_check CHECK ((level = ANY (ARRAY['info'::text, 'warning'::text, 'error'::text])))
);
CREATE INDEX run_log_by_workflow ON public.run_log USING btree (workflow_id, id);

create table task (
  workflow_id text not null,
  name text not null,
  position integer not null,
  state text not null,
  attempts integer not null default 1,
  output jsonb,
  error jsonb,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint task_pkey PRIMARY KEY (workflow_id, name),
  constraint task_state_check CHECK ((state = ANY (ARRAY['running'::text, 'failed'::text, 'succeeded'::text, 'waiting'::text])))
);

create table workflow (
  id text not null,
  number bigint not null generated always as identity,
  kind text not null,
  list_id text,
  state text not null,
  inputs jsonb not null,
  holder text,
  error jsonb,
  warnings jsonb not null default '[]'::jsonb,
  resolved_with text,
  stop_requested boolean not null default false,
  started_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  constraint workflow_pkey PRIMARY KEY (id),
  constraint workflow_number_key UNIQUE (number),
  constraint workflow_state_check CHECK ((state = ANY (ARRAY['running'::text, 'waiting'::text, 'failed'::text, 'stopped'::text, 'succeeded'::text])))
);
CREATE INDEX workflow_by_list ON public.workflow USING btree (list_id, number DESC);

alter table batch add constraint batch_change_set_id_fkey FOREIGN KEY (change_set_id) REFERENCES change_set(id) ON DELETE CASCADE;
alter table change_set add constraint change_set_list_id_fkey FOREIGN KEY (list_id) REFERENCES customer_list(id);
alter table change_set add constraint change_set_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id);
alter table run_log add constraint run_log_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id) ON DELETE CASCADE;
alter table task add constraint task_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id) ON DELETE CASCADE;
alter table workflow add constraint workflow_list_id_fkey FOREIGN KEY (list_id) REFERENCES customer_list(id);
