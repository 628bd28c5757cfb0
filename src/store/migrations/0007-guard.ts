import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/**
 * The guard judges a change as a whole: the option to send additions first, what a list held after each change set, and reports of
 * workflows that wait since before, which gave one number only. Additions of those have been sent.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

function counted(number: string): string {
  return `to_char(${number}, 'FM999,999,999,999')`
}

/** A stored error of the older form, with what its texts say by now. */
function reported(table: 'workflow' | 'task', id: 'id' | 'workflow_id'): string {
  const data = `${table}.error->'data'`
  const number = (name: string): string => counted(`(${data}->>'${name}')::bigint`)
  return `update ${table} set error = jsonb_set(error, '{data}', (${data}) || jsonb_build_object(
      'adds', coalesce(adds, 0),
      'members', ${number('members')} || ' members',
      'others', ${counted('coalesce(adds, 0)')} || ' have been added',
      'sent', 'The removals wait for your approval.',
      'change', 'remove ' || ${number('removes')} || ' members'))
    from (select w.id as wanted, (select cs.adds from change_set cs where cs.workflow_id = w.id
      order by cs.number desc limit 1) as adds from workflow w) compared
    where compared.wanted = ${table}.${id} and error->>'code' = 'large_removal'
      and jsonb_typeof(${data}->'members') = 'number'`
}

const statements = [
  `alter table orchestration add column send_additions_first boolean not null default false`,
  `alter table change_set add column told_after bigint, add column told_after_at timestamptz`,
  `update change_set set told_after = desired_count, told_after_at = ended_at where state = 'done'`,
  reported('workflow', 'id'),
  reported('task', 'workflow_id'),
]
