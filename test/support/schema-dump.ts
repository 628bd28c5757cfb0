import type { Client } from 'pg'

interface Column {
  readonly table: string
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly identity: string
  readonly standard: string | null
}

/** Something of a table that PostgreSQL gives as SQL. */
interface Named {
  readonly table: string
  readonly text: string
  readonly foreign?: boolean
}

/** The tables of a database, with its views, functions and triggers, as SQL that makes them: what its catalogue says, in an order that never changes. */
export async function dumpSchema(client: Client): Promise<string> {
  const columns = await rowsOf<Column>(
    client,
    `select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull as required, a.attidentity as identity, pg_get_expr(d.adbin, d.adrelid) as standard
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where ${OURS} and c.relkind = 'r' order by c.relname, a.attnum`,
  )
  const constraints = await rowsOf<Named>(
    client,
    `select c.relname as table, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)) as text,
       k.contype = 'f' as foreign
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where ${OURS} and k.contype <> 'n' order by c.relname, k.contype <> 'p', k.conname`,
  )
  const indexes = await rowsOf<Named>(
    client,
    `select c.relname as table, pg_get_indexdef(i.indexrelid) as text
     from pg_index i join pg_class c on c.oid = i.indrelid
     where ${OURS} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
     order by c.relname, 2`,
  )
  // In an order in which each can be made: functions name tables, and triggers name both.
  const views = await rowsOf<Named>(
    client,
    `select c.relname as table, format(E'create view %I as\\n%s', c.relname, pg_get_viewdef(c.oid)) as text
     from pg_class c where ${OURS} and c.relkind = 'v' order by c.relname`,
  )
  const functions = await rowsOf<Named>(
    client,
    `select p.proname as table, pg_get_functiondef(p.oid) || ';' as text from pg_proc p
     where p.pronamespace = 'public'::regnamespace order by p.proname`,
  )
  const triggers = await rowsOf<Named>(
    client,
    `select c.relname as table, pg_get_triggerdef(t.oid) || ';' as text
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where ${OURS} and not t.tgisinternal order by c.relname, t.tgname`,
  )
  const tables = [...new Set(columns.map(({ table }) => table))]
  const of = (rows: readonly Named[], table: string): string[] =>
    rows.filter((row) => row.table === table && row.foreign !== true).map(({ text }) => text)
  const texts = tables.map((table) => {
    const lines = [
      ...columns.filter((column) => column.table === table).map(columnText),
      ...of(constraints, table),
    ]
    return [
      `create table ${table} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n);`,
      ...of(indexes, table).map((text) => `${text};`),
    ].join('\n')
  })
  // They come last, since tables name each other.
  const foreign = constraints
    .filter((constraint) => constraint.foreign === true)
    .map(({ table, text }) => `alter table ${table} add ${text};`)
  const rest = [
    foreign,
    ...[...views, ...functions].map(({ text }) => [text]),
    triggers.map(({ text }) => text),
  ]
  return `${[...texts, ...rest.map((lines) => lines.join('\n')).filter((text) => text !== '')].join('\n\n')}\n`
}

/** The migrator's own tables are not part of the schema. */
const OURS = `c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely%'`

function columnText({ name, type, required, identity, standard }: Column): string {
  return [
    `${name} ${type}`,
    required ? ' not null' : '',
    identity === 'a' ? ' generated always as identity' : '',
    standard === null ? '' : ` default ${standard}`,
  ].join('')
}

async function rowsOf<Row extends object>(client: Client, text: string): Promise<Row[]> {
  return (await client.query<Row>(text)).rows
}
