import type { FieldDef } from 'pg'

const BYTEA = 17
const NAMED: Readonly<Record<number, string>> = { [BYTEA]: 'bytea', 114: 'json', 3802: 'jsonb', 142: 'xml' }

/** Array types of what PostgreSQL itself knows lie here; a value of such a column begins with a brace. */
const ARRAYS: ReadonlySet<number> = new Set([
  199, 1001, 1002, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1231, 2951, 3807,
])

/** Why the values of a column cannot be addresses, by its type, as one or more sentences; null when they can. */
export function emailTypeProblem({ name, dataTypeID }: Pick<FieldDef, 'name' | 'dataTypeID'>): string | null {
  const type = ARRAYS.has(dataTypeID) ? 'an array' : NAMED[dataTypeID]
  if (type === undefined) return null
  const advice =
    dataTypeID === BYTEA
      ? `Return text: encode("${name}", 'hex') for hashes, convert_from("${name}", 'UTF8') for addresses.`
      : 'Return one address per row, as text.'
  const words = type === 'an array' ? 'is an array' : `is of type ${type}`
  return `Column "${name}" of the query's result ${words}. ${advice}`
}
