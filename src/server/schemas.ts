import { z } from 'zod'
import { actionCatalogue, errorCatalogue } from '../base/catalogue.ts'
import { limitDefinitions } from '../base/limits.ts'
import type { LimitName } from '../base/limits.ts'
import type { Page } from '../store/pages.ts'

/** Schemas that several routes share. Requests are strict: what is not known is refused. */

export const idParam = z.strictObject({ id: z.string().max(60) })

/** A name or another short text; its own rules are checked where it is saved. */
export const shortText = z.string().max(2_000)
export const longText = z.string().max(20_000)
export const version = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .describe('the version that was read; another one means that someone saved a change meanwhile')

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(50).describe('rows on the page'),
  cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before'),
  search: z.string().max(500).optional().describe('a part of the name or description'),
})

/** A page as the functions below take it, within the limit of rows. */
export function pageOf(
  query: { limit: number; cursor?: string | undefined; search?: string | undefined },
  rowsMax: number,
): Page {
  return {
    limit: Math.min(query.limit, rowsMax),
    cursor: query.cursor ?? null,
    search: query.search ?? null,
  }
}

export function pageAnswer(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}

/** A page of objects that belong to destinations; a person may see some of those. */
export function seenPageAnswer(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable(), hidden })
}

export const hidden = z
  .int()
  .describe('further ones that your access does not include, whatever a search finds')

export const time = z.string().describe('a time in UTC, such as 2026-11-24T13:57:04.000Z')
export const ref = z.object({ id: z.string(), name: z.string() })

export const errorReport = z.object({
  code: z.enum(Object.keys(errorCatalogue)),
  message: z.string(),
  actions: z.array(
    z.object({
      action: z.enum(Object.keys(actionCatalogue)),
      title: z.string(),
      steps: z.array(z.string()),
    }),
  ),
})

/** Some of the limits, each in its own range. */
export function limitsSchema<Name extends LimitName>(names: readonly Name[]) {
  const shape = Object.fromEntries(
    names.map((name) => {
      const { min, max, about } = limitDefinitions[name]
      return [name, z.int().min(min).max(max).optional().describe(about)]
    }),
  ) as Record<Name, z.ZodOptional<z.ZodInt>>
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
