import { z } from 'zod'
import { component } from '../objects/components.ts'
import { dataSourceObject } from '../objects/data-source.ts'
import { documentSecret } from '../objects/object-kind.ts'
import type { Output } from '../objects/object-kind.ts'
import type { Declared, Field, Settings, SourceType } from './contract.ts'
import { describedSchema, isOptional, kindNames, shownShape, standardOf } from './settings.ts'

/** Schemas of settings, made from what types of data sources and kinds of destinations declare; and those of data sources. */

const KIND = 'where rows come from, as `rollcall data-sources types` lists'

/** With the settings of its type beside the rest. */
export type DataSourceInput = Output<typeof dataSourceObject.input> & Settings
export type DataSourceEdit = Output<typeof dataSourceObject.edit> & Settings
/** As a document says it, where a secret may be the name of an environment variable. */
export type DocumentSource = Output<typeof dataSourceObject.document> & Settings

export function sourceInput(types: readonly SourceType[]): z.ZodType<DataSourceInput> {
  const { shape } = dataSourceObject.input
  const shapes = types.map((type) =>
    z.strictObject({ ...shape, kind: z.literal(type.kind).describe(KIND), ...settingsShape(type) }),
  )
  return component('DataSourceInput', byKind(types, shapes))
}

export function sourceEdit(types: readonly SourceType[]): z.ZodType<DataSourceEdit> {
  return component(
    'DataSourceEdit',
    z.strictObject({ ...dataSourceObject.edit.shape, ...editedShape(types) }),
  )
}

export function sourceDocument(types: readonly SourceType[]): z.ZodType<DocumentSource> {
  const { openColumns, ...shape } = dataSourceObject.document.shape
  return byKind(
    types,
    types.map((type) => {
      const facts = Object.keys(type.facts ?? {}).map((fact) => [fact, z.string().max(4_000).optional()])
      const own = { ...(Object.fromEntries(facts) as z.ZodRawShape), ...documentShape(type) }
      return z.strictObject({ ...shape, kind: z.literal(type.kind), ...own, openColumns })
    }),
  )
}

/** Typed as what every data source has, since the types are known as the process starts. */
export function sourceAnswer(types: readonly SourceType[]): typeof dataSourceObject.answer {
  return component(
    'DataSource',
    z.object({
      ...dataSourceObject.answer.shape,
      kind: z.enum(types.map(({ kind }) => kind)),
      settings: z.union(types.map((type) => z.object(shownShape(type)))),
    }),
  ) as unknown as typeof dataSourceObject.answer
}

/** The settings of one of them in a request that makes an object. */
export function settingsShape({ fields }: Declared): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, describedSchema(field)]))
}

/** The settings of one of them in a document. */
export function documentShape({ fields }: Declared): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { schema, isShown }]) => [
      name,
      isShown === true
        ? schema
        : documentSecret.optional().describe('needed for a new one, and when it leads to another place'),
    ]),
  )
}

/** The settings of all of them in an edit. A field that several have takes what any takes; its own kind checks it when it is saved. */
export function editedShape(kinds: readonly Declared[]): Record<string, z.ZodType> {
  const byName = Map.groupBy(
    kinds.flatMap(({ fields }) => Object.entries(fields)),
    ([name]) => name,
  )
  return Object.fromEntries(
    [...byName].map(([name, found]) => {
      const [first, ...others] = found.map(([, field]) => {
        // What is not given stays, so that nothing stands for it.
        const described = describedSchema({ ...field, schema: withoutStandard(field.schema) })
        return isOptional(field) && standardOf(field) === undefined ? described.nullable() : described
      })
      if (first === undefined) throw new TypeError(`no kind has a field ${name}`)
      return [name, (others.length === 0 ? first : z.union([first, ...others])).optional()]
    }),
  )
}

/** A schema of values that are there. */
export function withoutStandard(schema: Field['schema']): Field['schema'] {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as Field['schema']) : schema
}

/** One of several shapes, by its kind. A list that is made as the process starts has no type of its own for each member. */
export function byKind<T>(kinds: readonly Declared[], shapes: readonly z.ZodType[]): z.ZodType<T> {
  return z.discriminatedUnion('kind', shapes as never, `kind takes ${kindNames(kinds)}`)
}
