import type { ColumnType, Generated } from 'kysely'
import { keyOf } from '../objects/object-kind.ts'
import type { Field, Fields, Frozen, KeyOf, Secret } from '../objects/object-kind.ts'
import type { z } from 'zod'

/** How the fields of an object stand in its row: each in the column of its name, objects and lists as JSON. */

/** `dataSourceId` as `data_source_id`. */
type ColumnName<Name> = Name extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First>
    ? `${First}${ColumnName<Rest>}`
    : `_${Lowercase<First>}${ColumnName<Rest>}`
  : Name

type Scalar = string | number | boolean | null

type ValueOf<F extends Field> = F extends z.ZodType ? Frozen<z.output<F>> : string

/** A value that the database need not be given has a default there too. */
type ColumnOf<F extends Field, Value = ValueOf<F>> = F extends z.ZodDefault
  ? [Value] extends [Scalar]
    ? Generated<Value>
    : ColumnType<Value, string | undefined, string>
  : [Value] extends [Scalar]
    ? Value
    : ColumnType<Value, string, string>

type Stored<F extends Fields> = keyof { [Name in keyof F as F[Name] extends Secret ? never : Name]: true }

interface Kept {
  id: string
  version: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface Kind<F extends Fields> {
  readonly fields: F
}

/** The columns of a kind's table. */
export type ColumnsOf<K extends Kind<Fields>> = Kept & {
  [Name in Stored<K['fields']> as ColumnName<KeyOf<Name, K['fields'][Name]>>]: ColumnOf<K['fields'][Name]>
}

/** The values of a kind's fields as requests name them. */
type Values<F extends Fields> = {
  readonly [Name in Stored<F> as KeyOf<Name, F[Name]>]: ValueOf<F[Name]>
}

type Written<Value> = Value extends Scalar ? Value : string

/** The given values as columns to save. */
export function columnsOf<F extends Fields, Given extends { readonly [Key in keyof Values<F>]?: unknown }>(
  kind: Kind<F>,
  given: Given,
): { [Key in keyof Given & keyof Values<F> as ColumnName<Key>]: Written<Given[Key]> } {
  const found = keysOf(kind).flatMap((key) => {
    const value = (given as Readonly<Record<string, unknown>>)[key]
    return value === undefined ? [] : [[columnName(key), isScalar(value) ? value : JSON.stringify(value)]]
  })
  return Object.fromEntries(found) as never
}

/** The fields of a row, as a request would give them. */
export function valuesOf<F extends Fields>(
  kind: Kind<F>,
  row: { readonly [Key in keyof Values<F> as ColumnName<Key>]: Values<F>[Key] | null },
): Values<F> {
  const columns = row as Readonly<Record<string, unknown>>
  return Object.fromEntries(keysOf(kind).map((key) => [key, columns[columnName(key)]])) as Values<F>
}

function keysOf({ fields }: Kind<Fields>): string[] {
  return Object.entries(fields).flatMap(([name, field]) => ('secret' in field ? [] : [keyOf(name, field)]))
}

function columnName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function isScalar(value: unknown): value is Scalar {
  return typeof value !== 'object' || value === null
}
