create table activity (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
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
  detail jsonb not null default '{}'::jsonb,
  constraint activity_pkey PRIMARY KEY (id)
);
CREATE INDEX activity_by_object ON public.activity USING btree (object_type, object_id, id DESC);

create table alert (
  id text not null,
  name text not null,
  events text[] not null,
  channel text not null,
  target jsonb not null,
  sealed text,
  slower_than_ms bigint,
  reach jsonb,
  enabled boolean not null default true,
  last_sent_at timestamp with time zone,
  last_problem text,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  owner jsonb,
  constraint alert_pkey PRIMARY KEY (id),
  constraint alert_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'webhook'::text]))),
  constraint alert_name_key UNIQUE (name)
);

create table alert_recipient (
  alert_id text not null,
  event_id text not null,
  recipient text not null,
  refused_with integer,
  created_at timestamp with time zone not null default now(),
  constraint alert_recipient_pkey PRIMARY KEY (alert_id, event_id, recipient)
);

create table api_key (
  id text not null,
  name text not null,
  token_digest text not null,
  previous_digest text,
  previous_until timestamp with time zone,
  policies text[] not null,
  options text[] not null default '{}'::text[],
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint api_key_pkey PRIMARY KEY (id),
  constraint api_key_name_key UNIQUE (name),
  constraint api_key_previous_digest_key UNIQUE (previous_digest),
  constraint api_key_token_digest_key UNIQUE (token_digest)
);

create table app_user (
  id text not null,
  email text not null,
  name text not null,
  password_hash text,
  must_change_password boolean not null default false,
  policies text[] not null,
  options text[] not null default '{}'::text[],
  disabled_at timestamp with time zone,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint app_user_pkey PRIMARY KEY (id),
  constraint app_user_email_key UNIQUE (email)
);

create table attempt (
  change_set_id text not null,
  batch integer not null,
  number integer not null,
  sent_at timestamp with time zone default now(),
  constraint attempt_pkey PRIMARY KEY (change_set_id, batch, number)
);

create table attempt_outcome (
  change_set_id text not null,
  batch integer not null,
  attempt integer not null,
  outcome text not null,
  at timestamp with time zone default now(),
  tries integer not null default 1,
  status integer,
  request_id text,
  counters jsonb,
  constraint attempt_outcome_pkey PRIMARY KEY (change_set_id, batch, attempt, outcome),
  constraint attempt_outcome_outcome_check CHECK ((outcome = ANY (ARRAY['confirmed'::text, 'lost'::text, 'refused'::text])))
);
CREATE UNIQUE INDEX one_confirmation ON public.attempt_outcome USING btree (change_set_id, batch) WHERE (outcome = 'confirmed'::text);

create table batch (
  change_set_id text not null,
  number integer not null,
  operation text not null,
  first bigint not null,
  count integer not null,
  part_of integer,
  may_have_landed boolean not null default false,
  constraint batch_pkey PRIMARY KEY (change_set_id, number),
  constraint batch_operation_check CHECK ((operation = ANY (ARRAY['add'::text, 'remove'::text])))
);
CREATE INDEX batch_by_whole ON public.batch USING btree (change_set_id, part_of) WHERE (part_of IS NOT NULL);

create table change_set (
  id text not null,
  number bigint not null generated always as identity,
  list_id text not null,
  workflow_id text not null,
  state text not null,
  adds bigint not null,
  removes bigint not null,
  desired_snapshot text not null,
  desired_count bigint not null,
  created_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  told_after bigint,
  told_after_at timestamp with time zone,
  change_ref text not null,
  constraint change_set_pkey PRIMARY KEY (id),
  constraint change_set_number_key UNIQUE (number),
  constraint change_set_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text, 'folded'::text])))
);
CREATE INDEX change_set_by_list ON public.change_set USING btree (list_id, ((- number)));
CREATE INDEX change_set_by_workflow ON public.change_set USING btree (workflow_id);
CREATE UNIQUE INDEX one_open_change_set ON public.change_set USING btree (list_id) WHERE (state = 'open'::text);

create table credential (
  id text not null,
  name text not null,
  sealed text not null,
  seed_digest text,
  access_expires_at timestamp with time zone,
  refresh_expires_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  plugin text not null default 'pinterest'::text,
  description text not null default ''::text,
  problem jsonb,
  warned_at timestamp with time zone,
  version integer not null default 1,
  workspace text not null,
  constraint credential_pkey PRIMARY KEY (id),
  constraint credential_name_key UNIQUE (workspace, name)
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
  changed_elsewhere jsonb,
  audience_asked_at timestamp with time zone,
  constraint customer_list_pkey PRIMARY KEY (id),
  constraint customer_list_ad_account_id_name_key UNIQUE (ad_account_id, name)
);

create table data_source (
  id text not null,
  name text not null,
  description text not null default ''::text,
  kind text not null,
  settings jsonb not null,
  sealed text,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  open_columns jsonb not null default '[]'::jsonb,
  workspace text not null,
  constraint data_source_pkey PRIMARY KEY (id),
  constraint data_source_name_key UNIQUE (workspace, name)
);

create table destination (
  id text not null,
  name text not null,
  description text not null default ''::text,
  credential_id text not null,
  admin_only boolean not null default false,
  limited_pii boolean not null default false,
  limits jsonb not null default '{}'::jsonb,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  workspace text not null,
  kind text not null,
  settings jsonb not null,
  sealed text,
  constraint destination_pkey PRIMARY KEY (id),
  constraint destination_name_key UNIQUE (workspace, name)
);
CREATE INDEX destination_by_credential ON public.destination USING btree (credential_id);

create table idempotency (
  principal_id text not null,
  key text not null,
  request_digest text not null,
  status integer,
  body jsonb,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_pkey PRIMARY KEY (principal_id, key)
);
CREATE INDEX idempotency_by_age ON public.idempotency USING btree (created_at);

create table lock_lease (
  name text not null,
  fence bigint not null,
  pid integer not null,
  server text not null,
  expires_at timestamp with time zone not null,
  constraint lock_lease_pkey PRIMARY KEY (name)
);

create table notification (
  id text not null,
  number bigint not null generated always as identity,
  kind text not null,
  workflow_id text,
  destination_id text,
  admin_only boolean not null default false,
  title text not null,
  text text not null,
  code text,
  data jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint notification_pkey PRIMARY KEY (id),
  constraint notification_kind_check CHECK ((kind = ANY (ARRAY['running'::text, 'completed'::text, 'warning'::text, 'error'::text]))),
  constraint notification_number_key UNIQUE (number),
  constraint notification_workflow_id_key UNIQUE (workflow_id)
);

create table notification_read (
  principal_id text not null,
  notification_id text not null,
  at timestamp with time zone not null default now(),
  constraint notification_read_pkey PRIMARY KEY (principal_id, notification_id)
);

create table orchestration (
  id text not null,
  name text not null,
  query_id text not null,
  destination_id text not null,
  list_name text,
  target_id text,
  automatic boolean not null default false,
  enabled boolean not null default true,
  cron text,
  time_zone text not null default 'UTC'::text,
  next_run_at timestamp with time zone,
  limits jsonb not null default '{}'::jsonb,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  workspace text not null,
  options jsonb not null default '{}'::jsonb,
  constraint orchestration_pkey PRIMARY KEY (id),
  constraint orchestration_name_key UNIQUE (workspace, name),
  constraint orchestration_target_id_key UNIQUE (target_id)
);
CREATE INDEX orchestration_by_destination ON public.orchestration USING btree (destination_id);
CREATE INDEX orchestration_by_query ON public.orchestration USING btree (query_id);
CREATE INDEX orchestration_due ON public.orchestration USING btree (next_run_at) WHERE (next_run_at IS NOT NULL);

create table query (
  id text not null,
  name text not null,
  description text not null default ''::text,
  data_source_id text not null,
  active jsonb,
  draft jsonb,
  activated_at timestamp with time zone,
  thresholds jsonb not null default '{}'::jsonb,
  last_run jsonb,
  version integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  draft_by text,
  draft_at timestamp with time zone,
  active_reviewed boolean not null default false,
  workspace text not null,
  constraint query_pkey PRIMARY KEY (id),
  constraint query_name_key UNIQUE (workspace, name)
);
CREATE INDEX query_by_data_source ON public.query USING btree (data_source_id);

create table rate_slot (
  key text not null,
  next_at timestamp with time zone not null,
  held_at timestamp with time zone,
  held_until timestamp with time zone,
  constraint rate_slot_pkey PRIMARY KEY (key)
);

create table receipt_digest (
  change_set_id text not null,
  sha256 bytea not null,
  rows integer not null,
  batches integer not null,
  added bigint not null,
  removed bigint not null,
  last_confirmed_at timestamp with time zone,
  pruned_at timestamp with time zone not null default now(),
  file_sha256 bytea,
  constraint receipt_digest_pkey PRIMARY KEY (change_set_id)
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

create table session (
  id text not null,
  token_digest text not null,
  user_id text not null,
  origin_ip text,
  user_agent text,
  created_at timestamp with time zone not null default now(),
  seen_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_token_digest_key UNIQUE (token_digest)
);
CREATE INDEX session_by_user ON public.session USING btree (user_id);

create table sign_in_failure (
  key text not null,
  failures integer not null,
  last_at timestamp with time zone not null,
  blocked_until timestamp with time zone,
  constraint sign_in_failure_pkey PRIMARY KEY (key)
);

create table stored_file (
  folder text not null,
  name text not null,
  part integer not null,
  bytes bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint stored_file_pkey PRIMARY KEY (folder, name, part)
);

create table target (
  id text not null,
  kind text not null,
  key text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint target_pkey PRIMARY KEY (id),
  constraint target_kind_key_key UNIQUE (kind, key)
);

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
  next_try_at timestamp with time zone,
  output_version integer not null default 1,
  skipped boolean not null default false,
  constraint task_pkey PRIMARY KEY (workflow_id, name),
  constraint task_state_check CHECK ((state = ANY (ARRAY['running'::text, 'failed'::text, 'succeeded'::text, 'waiting'::text])))
);

create table workflow (
  id text not null,
  number bigint not null generated always as identity,
  kind text not null,
  subject text,
  state text not null,
  inputs jsonb not null,
  holder text,
  error jsonb,
  warnings jsonb not null default '[]'::jsonb,
  resolved_with text,
  stop_requested boolean not null default false,
  started_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  name text,
  orchestration_id text,
  destination_id text,
  query_id text,
  credential_id text,
  started_by jsonb not null default '{"id": null, "kind": "local", "name": "command line"}'::jsonb,
  started_with text,
  turn integer not null default 1,
  told_at timestamp with time zone,
  requests jsonb not null default '{"reads": 0, "writes": 0, "retries": 0, "throttled": 0}'::jsonb,
  waited_ms bigint not null default 0,
  lost_processes integer not null default 0,
  steps_done integer not null default 0,
  workspace text not null,
  parent text,
  constraint workflow_pkey PRIMARY KEY (id),
  constraint workflow_number_key UNIQUE (number),
  constraint workflow_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'running'::text, 'waiting'::text, 'failed'::text, 'stopped'::text, 'succeeded'::text])))
);
CREATE INDEX workflow_by_orchestration ON public.workflow USING btree (orchestration_id, ((- number)));
CREATE INDEX workflow_by_parent ON public.workflow USING btree (parent, number) WHERE (parent IS NOT NULL);
CREATE INDEX workflow_by_start ON public.workflow USING btree (started_at);
CREATE INDEX workflow_by_state ON public.workflow USING btree (state, number DESC);
CREATE INDEX workflow_by_subject ON public.workflow USING btree (subject, ((- number)));
CREATE INDEX workflow_untold ON public.workflow USING btree (id) WHERE ((told_at IS NULL) AND (ended_at IS NOT NULL));

create table workflow_part (
  parent text not null,
  name text not null,
  child text not null,
  may_skip boolean not null,
  skipped_by text,
  constraint workflow_part_pkey PRIMARY KEY (parent, name),
  constraint workflow_part_child_key UNIQUE (child)
);

create table workflow_progress (
  workflow_id text not null,
  task text not null,
  done bigint not null,
  total bigint,
  unit text not null,
  constraint workflow_progress_pkey PRIMARY KEY (workflow_id)
);

create table workspace (
  id text not null,
  created_at timestamp with time zone not null default now(),
  constraint workspace_pkey PRIMARY KEY (id)
);

alter table alert_recipient add constraint alert_recipient_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert(id) ON DELETE CASCADE;
alter table attempt add constraint attempt_change_set_id_batch_fkey FOREIGN KEY (change_set_id, batch) REFERENCES batch(change_set_id, number);
alter table attempt_outcome add constraint attempt_outcome_change_set_id_batch_attempt_fkey FOREIGN KEY (change_set_id, batch, attempt) REFERENCES attempt(change_set_id, batch, number);
alter table batch add constraint batch_change_set_id_fkey FOREIGN KEY (change_set_id) REFERENCES change_set(id) ON DELETE CASCADE;
alter table change_set add constraint change_set_list_id_fkey FOREIGN KEY (list_id) REFERENCES customer_list(id);
alter table change_set add constraint change_set_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id);
alter table credential add constraint credential_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(id);
alter table customer_list add constraint customer_list_id_fkey FOREIGN KEY (id) REFERENCES target(id);
alter table data_source add constraint data_source_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(id);
alter table destination add constraint destination_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES credential(id);
alter table destination add constraint destination_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(id);
alter table notification add constraint notification_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES destination(id) ON DELETE CASCADE;
alter table notification add constraint notification_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id) ON DELETE CASCADE;
alter table notification_read add constraint notification_read_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES notification(id) ON DELETE CASCADE;
alter table orchestration add constraint orchestration_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES destination(id);
alter table orchestration add constraint orchestration_query_id_fkey FOREIGN KEY (query_id) REFERENCES query(id);
alter table orchestration add constraint orchestration_target_id_fkey FOREIGN KEY (target_id) REFERENCES target(id);
alter table orchestration add constraint orchestration_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(id);
alter table query add constraint query_data_source_id_fkey FOREIGN KEY (data_source_id) REFERENCES data_source(id);
alter table query add constraint query_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(id);
alter table receipt_digest add constraint receipt_digest_change_set_id_fkey FOREIGN KEY (change_set_id) REFERENCES change_set(id);
alter table run_log add constraint run_log_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id) ON DELETE CASCADE;
alter table session add constraint session_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE;
alter table task add constraint task_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id) ON DELETE CASCADE;
alter table workflow add constraint workflow_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES credential(id) ON DELETE SET NULL;
alter table workflow add constraint workflow_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES destination(id) ON DELETE SET NULL;
alter table workflow add constraint workflow_orchestration_id_fkey FOREIGN KEY (orchestration_id) REFERENCES orchestration(id) ON DELETE SET NULL;
alter table workflow add constraint workflow_parent_fkey FOREIGN KEY (parent) REFERENCES workflow(id) ON DELETE SET NULL;
alter table workflow add constraint workflow_query_id_fkey FOREIGN KEY (query_id) REFERENCES query(id) ON DELETE SET NULL;
alter table workflow add constraint workflow_workspace_fkey FOREIGN KEY (workspace) REFERENCES workspace(id);
alter table workflow_part add constraint workflow_part_child_fkey FOREIGN KEY (child) REFERENCES workflow(id) ON DELETE CASCADE;
alter table workflow_part add constraint workflow_part_parent_fkey FOREIGN KEY (parent) REFERENCES workflow(id) ON DELETE CASCADE;
alter table workflow_progress add constraint workflow_progress_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES workflow(id) ON DELETE CASCADE;

CREATE OR REPLACE FUNCTION public.batch_states(of_change_set text)
 RETURNS TABLE(number integer, operation text, count integer, state text)
 LANGUAGE sql
 STABLE
AS $function$
    select batch.number, batch.operation, batch.count,
      case
        when whole.number is not null then 'split'
        when is_confirmed then 'confirmed'
        when is_last_open then 'sending'
        when may_have_landed or is_any_unsure then 'unanswered'
        else 'planned'
      end
    from batch left join (
      select distinct part_of as number from batch where change_set_id = of_change_set and part_of is not null
    ) whole on whole.number = batch.number
    left join (
      select attempt.batch,
        bool_or(outcome = 'confirmed') as is_confirmed,
        max(attempt.number) = max(attempt.number) filter (where outcome is null) as is_last_open,
        bool_or(outcome is distinct from 'refused') as is_any_unsure
      from attempt left join attempt_outcome on attempt_outcome.change_set_id = of_change_set
        and attempt_outcome.batch = attempt.batch and attempt_outcome.attempt = attempt.number
      where attempt.change_set_id = of_change_set
      group by attempt.batch
    ) attempts on attempts.batch = batch.number
    where batch.change_set_id = of_change_set
  $function$
;

CREATE OR REPLACE FUNCTION public.fill_receipt_digest()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      perform from change_set join workflow on workflow.id = change_set.workflow_id
        where change_set.id = new.change_set_id and change_set.state <> 'open'
          and workflow.state not in ('scheduled', 'running', 'waiting')
        for update of change_set;
      if not found then
        raise exception 'change set % has not ended', new.change_set_id using errcode = 'restrict_violation';
      end if;
      select sha256(convert_to(coalesce(string_agg(line || E'\n', '' order by place), ''), 'UTF8')), count(*)
        into new.sha256, new.rows from receipt_lines(new.change_set_id) with ordinality lines (line, place);
      select count(*), coalesce(sum(batch.count) filter (where operation = 'add'), 0),
          coalesce(sum(batch.count) filter (where operation = 'remove'), 0), max(at)
        into new.batches, new.added, new.removed, new.last_confirmed_at
        from attempt_outcome join batch on batch.change_set_id = attempt_outcome.change_set_id
          and batch.number = attempt_outcome.batch
        where attempt_outcome.change_set_id = new.change_set_id and outcome = 'confirmed';
      new.pruned_at := now();
      return new;
    end
  $function$
;

CREATE OR REPLACE FUNCTION public.fill_receipt_file_digest()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    declare of_workflow text;
    begin
      select last.workflow_id into of_workflow from change_set last where last.id = new.change_set_id
        and not exists (select from change_set later where later.workflow_id = last.workflow_id and later.number > last.number);
      select sha256(convert_to(string_agg(line || E'\n', '' order by place), 'UTF8'))
        into new.file_sha256 from workflow_receipt_lines(of_workflow) with ordinality lines (line, place);
      return new;
    end
  $function$
;

CREATE OR REPLACE FUNCTION public.receipt_lines(of_change_set text)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
 SET "TimeZone" TO 'UTC'
AS $function$
    select line::text from (
      select number as batch, 0 as attempt, '' as outcome, to_jsonb(batch) as line
        from batch where change_set_id = of_change_set
      union all select attempt.batch, number, '', to_jsonb(attempt)
        from attempt where change_set_id = of_change_set
      union all select attempt_outcome.batch, attempt_outcome.attempt, attempt_outcome.outcome, to_jsonb(attempt_outcome)
        from attempt_outcome where change_set_id = of_change_set
    ) lines order by batch, attempt, outcome collate "C"
  $function$
;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ begin raise exception 'the activity log is append-only'; end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_late_receipt()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      if exists (select from receipt_digest join made using (change_set_id)) then
        raise exception 'receipts of a change set that was pruned' using errcode = 'restrict_violation';
      end if;
      return null;
    end
  $function$
;

CREATE OR REPLACE FUNCTION public.refuse_receipt_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      raise exception 'receipts are only added: no % of %', lower(tg_op), tg_table_name using errcode = 'restrict_violation';
    end
  $function$
;

CREATE OR REPLACE FUNCTION public.refuse_receipt_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    declare is_part boolean;
    begin
      execute format('select exists (select from (select distinct change_set_id from gone) gone
        where not exists (select from receipt_digest kept where kept.change_set_id = gone.change_set_id)
          or exists (select from %I rest where rest.change_set_id = gone.change_set_id))', tg_table_name) into is_part;
      if is_part then
        raise exception 'receipts are only added: no delete of %', tg_table_name using errcode = 'restrict_violation';
      end if;
      return null;
    end
  $function$
;

CREATE OR REPLACE FUNCTION public.workflow_receipt_lines(of_workflow text)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
AS $function$
    select line from change_set cross join lateral receipt_lines(change_set.id) with ordinality lines (line, place)
      where workflow_id = of_workflow order by change_set.number, place
  $function$
;

CREATE TRIGGER activity_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.activity FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_delete AFTER DELETE ON public.attempt REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_delete();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.attempt FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.attempt FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_delete AFTER DELETE ON public.attempt_outcome REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_delete();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.attempt_outcome FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.attempt_outcome FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_delete AFTER DELETE ON public.batch REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_delete();
CREATE TRIGGER no_late_row AFTER INSERT ON public.batch REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_receipt();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.batch FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.batch FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER fill BEFORE INSERT ON public.receipt_digest FOR EACH ROW EXECUTE FUNCTION fill_receipt_digest();
CREATE TRIGGER fill_file BEFORE INSERT ON public.receipt_digest FOR EACH ROW EXECUTE FUNCTION fill_receipt_file_digest();
CREATE TRIGGER no_delete BEFORE DELETE ON public.receipt_digest FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.receipt_digest FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
CREATE TRIGGER no_update BEFORE UPDATE ON public.receipt_digest FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
