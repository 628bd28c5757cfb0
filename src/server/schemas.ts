import { z } from 'zod'
import type { Page } from '../store/pages.ts'

/** Schemas that several routes share. Requests are strict: what is not known is refused. */

export const idParam = z.strictObject({ id: z.string().max(60) })

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(50).describe('rows per page'),
  cursor: z.string().max(2_000).optional().describe('`nextCursor` of the previous page'),
  search: z.string().max(500).optional().describe('part of the name or description'),
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

export function pageAnswer<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}

/** A page of objects that belong to destinations; a person may see some of those. */
export function seenPageAnswer<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable(), hidden })
}

export const hidden = z
  .int()
  .describe('number of further ones that your access does not include, whatever you search for')
