import { z } from 'zod'
import type { Declared, Field } from '../sources/contract.ts'
import { describedSchema, isOptional, standardOf } from '../sources/settings.ts'
import { kindNames } from '../tenant/kept-settings.ts'

/** Schemas of settings, made from what types of data sources and kinds of destinations declare. */

/** The settings of one of them in a request that makes an object. */
export function settingsShape({ fields }: Declared): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, describedSchema(field)]))
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
        const schema = field.schema instanceof z.ZodDefault ? field.schema.unwrap() : field.schema
        const described = describedSchema({ ...field, schema: schema as Field['schema'] })
        return isOptional(field) && standardOf(field) === undefined ? described.nullable() : described
      })
      if (first === undefined) throw new TypeError(`no kind has the field ${name}`)
      return [name, (others.length === 0 ? first : z.union([first, ...others])).optional()]
    }),
  )
}

/** One of several shapes, by its kind. A list that is made as the process starts has no type of its own for each member. */
export function byKind<T>(kinds: readonly Declared[], shapes: readonly z.ZodType[]): z.ZodType<T> {
  return z.discriminatedUnion('kind', shapes as never, `takes ${kindNames(kinds)}`)
}

/** A type or kind as a form shows it. */
export const settingsForm = z.object({
  kind: z.string(),
  title: z.string(),
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      hint: z.string(),
      ask: z.string().describe('what to say while it is empty or does not match'),
      pattern: z.string().nullable().describe('a regular expression'),
      choices: z.array(z.string()).describe('all that it takes; empty for anything'),
      offers: z.enum(['ad_accounts']).nullable().describe('what can be chosen besides what is typed'),
      several: z.boolean().describe('it takes several texts'),
      secret: z.boolean().describe('it is write-only'),
      optional: z.boolean(),
    }),
  ),
  facts: z.array(z.object({ name: z.string(), label: z.string() })).describe('what else the settings show'),
})
