import { createHash } from 'node:crypto'
import { z } from 'zod'
import { badRequest } from './errors.ts'

export const pageQuery = z.strictObject({
  page_size: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(250))
    .default(25),
  bookmark: z.string().optional(),
  order: z.enum(['ASCENDING', 'DESCENDING']).default('ASCENDING'),
})

export type Page = z.infer<typeof pageQuery>

export interface Paged<T> {
  readonly items: readonly T[]
  readonly bookmark: string | null
}

/** One page of things that come in ascending order of their ids. The bookmark names the last thing seen. */
export function pageOf<T extends { readonly id: string }>(ascending: readonly T[], page: Page): Paged<T> {
  const ordered = page.order === 'ASCENDING' ? ascending : ascending.toReversed()
  const after = page.bookmark === undefined ? null : readBookmark(page.bookmark, page.order)
  const from = after === null ? 0 : ordered.findIndex((one) => isPast(one.id, after, page.order))
  const rest = from === -1 ? [] : ordered.slice(from)
  const items = rest.slice(0, page.page_size)
  const last = items.at(-1)
  return {
    items,
    bookmark: last === undefined || rest.length <= items.length ? null : bookmark(last.id, page.order),
  }
}

function isPast(candidate: string, after: string, order: Page['order']): boolean {
  return order === 'ASCENDING' ? BigInt(candidate) > BigInt(after) : BigInt(candidate) < BigInt(after)
}

/** Opaque, and with characters that must be escaped in a URL. */
function bookmark(lastId: string, order: Page['order']): string {
  const text = Buffer.from(`${order}:${lastId}`).toString('base64')
  return `${text}|${checksum(text)}==`
}

function readBookmark(text: string, order: Page['order']): string {
  const [encoded = '', mark] = text.split('|')
  const [madeFor, lastId] = Buffer.from(encoded, 'base64').toString().split(':')
  if (mark !== `${checksum(encoded)}==` || madeFor !== order || lastId === undefined) {
    throw badRequest('Invalid parameter bookmark.')
  }
  return lastId
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
