import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * Receipts are only ever added: an attempt is a row that is written before its request is sent, and how it ended is another row. How a
 * batch stands follows from them. The database refuses to change them, and to delete them one by one.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const receipts = ['batch', 'attempt', 'attempt_outcome']

const statements = [
  `alter table batch add column part_of integer, add column may_have_landed boolean not null default false`,
  `create table attempt (
    change_set_id text not null,
    batch integer not null,
    number integer not null,
    sent_at timestamptz default now(),
    primary key (change_set_id, batch, number),
    foreign key (change_set_id, batch) references batch
  )`,
  `create table attempt_outcome (
    change_set_id text not null,
    batch integer not null,
    attempt integer not null,
    outcome text not null check (outcome in ('confirmed', 'lost', 'refused')),
    at timestamptz default now(),
    tries integer not null default 1,
    status integer,
    request_id text,
    counters jsonb,
    primary key (change_set_id, batch, attempt, outcome),
    foreign key (change_set_id, batch, attempt) references attempt
  )`,
  // A half of a batch whose answer was lost, not sent again since.
  `update batch set may_have_landed = true where state = 'unanswered' and attempts = 0`,
  // When the last attempt was sent is known, and of those before it only that they were.
  `insert into attempt (change_set_id, batch, number, sent_at)
    select change_set_id, batch.number, n, case when n = last then sent_at end
    from batch,
      lateral (select greatest(attempts, case when state in ('confirmed', 'sending') then 1 else 0 end) as last) l,
      generate_series(1, last) n`,
  // How an earlier attempt ended was not kept. It may have landed, unless none of them has.
  `insert into attempt_outcome (change_set_id, batch, attempt, outcome, at, tries, status, request_id, counters)
    select change_set_id, batch.number, attempt.number,
      case when state = 'planned' then 'refused' when is_last and state = 'confirmed' then 'confirmed' else 'lost' end,
      case when is_last then answered_at end, least(1, attempts), case when is_last then status end,
      case when is_last then request_id end, case when is_last then counters end
    from batch join attempt using (change_set_id),
      lateral (select attempt.number = greatest(attempts, 1) as is_last) l
    where attempt.batch = batch.number and not (is_last and state = 'sending')`,
  `alter table batch drop column state, drop column attempts, drop column sent_at, drop column answered_at,
    drop column status, drop column request_id, drop column counters`,
  // A batch is confirmed once, and what is confirmed of a change set is found by this alone.
  `create unique index one_confirmation on attempt_outcome (change_set_id, batch) where outcome = 'confirmed'`,
  `create index batch_by_whole on batch (change_set_id, part_of) where part_of is not null`,
  // Of one change set, so that no other's attempts are looked at.
  `create function batch_states(of_change_set text)
    returns table (number integer, operation text, count integer, state text) language sql stable as $$
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
  $$`,
  `create table receipt_digest (
    change_set_id text primary key references change_set,
    sha256 bytea not null,
    rows integer not null,
    batches integer not null,
    added bigint not null,
    removed bigint not null,
    last_confirmed_at timestamptz,
    pruned_at timestamptz not null default now()
  )`,
  // In one time zone and one order, so that the same receipts are the same text wherever they are read.
  `create function receipt_lines(of_change_set text) returns setof text language sql stable set timezone to 'UTC' as $$
    select line::text from (
      select number as batch, 0 as attempt, '' as outcome, to_jsonb(batch) as line
        from batch where change_set_id = of_change_set
      union all select attempt.batch, number, '', to_jsonb(attempt)
        from attempt where change_set_id = of_change_set
      union all select attempt_outcome.batch, attempt_outcome.attempt, attempt_outcome.outcome, to_jsonb(attempt_outcome)
        from attempt_outcome where change_set_id = of_change_set
    ) lines order by batch, attempt, outcome collate "C"
  $$`,
  `create function refuse_receipt_change() returns trigger language plpgsql as $$
    begin
      raise exception 'receipts are only added: no % of %', lower(tg_op), tg_table_name using errcode = 'restrict_violation';
    end
  $$`,
  // The database makes the digest itself, from the receipts as they are, and only once the workflow has ended.
  `create function fill_receipt_digest() returns trigger language plpgsql as $$
    begin
      perform from change_set join workflow on workflow.id = change_set.workflow_id
        where change_set.id = new.change_set_id and change_set.state <> 'open'
          and workflow.state not in ('scheduled', 'running', 'waiting')
        for update of change_set;
      if not found then
        raise exception 'change set % has not ended', new.change_set_id using errcode = 'restrict_violation';
      end if;
      select sha256(convert_to(coalesce(string_agg(line || E'\\n', '' order by place), ''), 'UTF8')), count(*)
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
  $$`,
  `create trigger fill before insert on receipt_digest for each row execute function fill_receipt_digest()`,
  // Receipts go with all of their change set, once its digest is kept, or not at all.
  `create function refuse_receipt_delete() returns trigger language plpgsql as $$
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
  $$`,
  // Nothing is added to a change set whose digest is kept.
  `create function refuse_late_receipt() returns trigger language plpgsql as $$
    begin
      if exists (select from receipt_digest join made using (change_set_id)) then
        raise exception 'receipts of a change set that was pruned' using errcode = 'restrict_violation';
      end if;
      return null;
    end
  $$`,
  `create trigger no_late_row after insert on batch referencing new table as made
    for each statement execute function refuse_late_receipt()`,
  ...[...receipts, 'receipt_digest'].flatMap((table) => [
    `create trigger no_update before update on ${table} for each statement execute function refuse_receipt_change()`,
    `create trigger no_truncate before truncate on ${table} for each statement execute function refuse_receipt_change()`,
  ]),
  `create trigger no_delete before delete on receipt_digest for each statement execute function refuse_receipt_change()`,
  ...receipts.map(
    (table) => `create trigger no_delete after delete on ${table} referencing old table as gone
      for each statement execute function refuse_receipt_delete()`,
  ),
]
