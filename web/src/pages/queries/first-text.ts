import type { Answer } from '../../api/call.ts'
import type { QueryText } from '../../api/operations.ts'
import { quoted } from './names.ts'

type Tables = Answer<'data-sources.tables'>['items']

/** What a new query begins with: the column that is probably meant, of the table that has it. */
export function firstText(tables: Tables): QueryText {
  const named = tables.flatMap((table) =>
    table.columns.filter(({ name }) => /e-?mail/i.test(name)).map(({ name }) => ({ table, name })),
  )
  const best = named.find(({ name }) => /^e-?mail$/i.test(name)) ?? named[0]
  const table = best?.table ?? tables[0] ?? { schema: null, name: 'input' }
  const emailColumn = best?.name ?? 'email'
  const from = [table.schema, table.name].filter((part) => part !== null).map(quoted)
  return { sql: `SELECT ${quoted(emailColumn)}\nFROM ${from.join('.')}\n`, emailColumn, hashed: false }
}
