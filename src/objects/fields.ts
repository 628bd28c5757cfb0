import { z } from 'zod'
import { actionCatalogue, errorCatalogue } from '../base/catalogue.ts'
import type { ActionName, ErrorCode } from '../base/catalogue.ts'
import { limitDefinitions } from '../base/limits.ts'
import { component } from './components.ts'
import type { LimitName } from '../base/limits.ts'

/** Schemas of fields that several kinds of objects have. */

/** A name or another short text; what else a name must be is checked where it is saved, since its length is a limit that can be set. */
export const shortText = z.string().max(2_000).trim()
export const name = shortText.describe('what people find it by')
export const description = z
  .string()
  .max(20_000)
  .trim()
  .describe('notes for the people who use it')
  .default('')

export const id = z.string().max(60)

/** Every edit gives the version that it began with. */
export const version = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .describe('the version that you read; the request fails if someone saved a change since')

export const time = z.string().describe('a time in UTC, such as 2026-11-24T13:57:04.000Z')

/** Another object, as answers name it. */
export const ref = component('Ref', z.object({ id: z.string(), name: z.string() }))

/** An error as answers tell it. */
export const errorReport = component(
  'ErrorReport',
  z.object({
    code: z.enum(Object.keys(errorCatalogue) as ErrorCode[]),
    message: z.string(),
    actions: z.array(
      z.object({
        action: z.enum(Object.keys(actionCatalogue) as ActionName[]),
        title: z.string(),
        steps: z.array(z.string()),
      }),
    ),
  }),
)

/** Some of the limits, each in its own range. */
export function limitsSchema<Name extends LimitName>(names: readonly Name[]) {
  const shape = Object.fromEntries(
    names.map((limit) => {
      const { min, max, about } = limitDefinitions[limit]
      return [limit, z.int().min(min).max(max).exactOptional().describe(about)]
    }),
  ) as Record<Name, z.ZodExactOptional<z.ZodInt>>
  return z.strictObject(shape)
}

const isoDate = z.iso.date()
const isoTime = z.iso.datetime({ offset: true })

/** An instant in a query, such as 2026-11-24 or 2026-11-24T13:57:04Z. */
export const instant = z
  .string()
  .max(40)
  .refine(
    (text) => isoDate.safeParse(text).success || isoTime.safeParse(text).success,
    'takes a day such as 2026-11-24, or a time such as 2026-11-24T13:57:04Z',
  )
  .transform((text) => new Date(text))
