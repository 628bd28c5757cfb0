import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * The receipts of a workflow are downloaded as one file, also when it opened several change sets: one whose unfinished change set another
 * run has counted in compares anew. The digest of that file is kept beside those of the sets.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  // Earlier digests stay without: the file was that of the last change set, whose digest they are.
  `alter table receipt_digest add column file_sha256 bytea`,
  `create function workflow_receipt_lines(of_workflow text) returns setof text language sql stable as $$
    select line from change_set cross join lateral receipt_lines(change_set.id) with ordinality lines (line, place)
      where workflow_id = of_workflow order by change_set.number, place
  $$`,
  `create function fill_receipt_file_digest() returns trigger language plpgsql as $$
    declare of_workflow text;
    begin
      select last.workflow_id into of_workflow from change_set last where last.id = new.change_set_id
        and not exists (select from change_set later where later.workflow_id = last.workflow_id and later.number > last.number);
      select sha256(convert_to(string_agg(line || E'\\n', '' order by place), 'UTF8'))
        into new.file_sha256 from workflow_receipt_lines(of_workflow) with ordinality lines (line, place);
      return new;
    end
  $$`,
  `create trigger fill_file before insert on receipt_digest for each row execute function fill_receipt_file_digest()`,
]
