import { z } from 'zod'

/**
 * The answers of the calls we use, as domain values. Members we do not know are dropped, unknown statuses and
 * roles pass, and all that is not needed may be missing: Pinterest adds to its answers between versions.
 */

export interface AdAccount {
  readonly id: string
  readonly name: string
  readonly country: string | null
  readonly currency: string | null
  /** The authorized user's roles; empty when the answer tells none. */
  readonly permissions: readonly string[]
}

export interface CustomerList {
  readonly id: string
  readonly name: string
  readonly adAccountId: string | null
  /** UPLOADING, PROCESSING, READY, TOO_SMALL or one we do not know yet. */
  readonly status: string
  /** Sums over all that was ever submitted, by anyone: not the list's size. */
  readonly counters: { readonly batches: number; readonly uploaded: number; readonly removed: number }
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Audience {
  readonly id: string
  readonly name: string
  /** CUSTOMER_LIST, VISITOR, ENGAGEMENT, ACTALIKE, PERSONA or one we do not know yet. */
  readonly type: string
  /** The list it is made from, null for other types. */
  readonly customerListId: string | null
  readonly status: string
  readonly size: number | null
  readonly description: string | null
}

/** One answer of the token endpoint. Seconds, as Pinterest gives them. */
export interface TokenAnswer {
  readonly accessToken: string
  readonly expiresInS: number
  readonly refreshToken: string | null
  readonly refreshExpiresAtS: number | null
  readonly refreshExpiresInS: number | null
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly bookmark: string | null
}

// Ids have up to 18 digits, more than a number can hold.
const id = z.string().regex(/^\d+$/)
const text = z.string().nullish()
const count = z.number().nonnegative().nullish()
const seconds = z.number().nullish()
/** Visible ASCII only: it goes into a header. */
const token = z.string().regex(/^[\x21-\x7e]+$/)

/** A time of Pinterest (Unix seconds); 1970 when it tells none. */
function instant(value: number | null | undefined): Date {
  const time = new Date((value ?? 0) * 1000)
  return Number.isNaN(time.getTime()) ? new Date(0) : time
}

export const adAccountSchema = z
  .object({ id, name: text, country: text, currency: text, permissions: z.array(z.string()).nullish() })
  .transform((raw): AdAccount => ({
    id: raw.id,
    name: raw.name ?? '',
    country: raw.country ?? null,
    currency: raw.currency ?? null,
    permissions: raw.permissions ?? [],
  }))

export const customerListSchema = z
  .object({
    id,
    name: text,
    ad_account_id: text,
    status: text,
    num_batches: count,
    num_uploaded_user_records: count,
    num_removed_user_records: count,
    created_time: seconds,
    updated_time: seconds,
  })
  .transform((raw): CustomerList => ({
    id: raw.id,
    name: raw.name ?? '',
    adAccountId: raw.ad_account_id ?? null,
    status: raw.status ?? '',
    counters: {
      batches: raw.num_batches ?? 0,
      uploaded: raw.num_uploaded_user_records ?? 0,
      removed: raw.num_removed_user_records ?? 0,
    },
    createdAt: instant(raw.created_time),
    updatedAt: instant(raw.updated_time ?? raw.created_time),
  }))

// Other types of audience have rules of their own, which must not spoil a page.
const rule = z
  .object({ customer_list_id: z.union([z.string(), z.int().transform(String)]).nullish() })
  .nullish()
  .catch(null)

export const audienceSchema = z
  .object({
    id,
    name: text,
    audience_type: text,
    rule,
    status: text,
    size: z.number().nullish(),
    description: text,
  })
  .transform((raw): Audience => ({
    id: raw.id,
    name: raw.name ?? '',
    type: raw.audience_type ?? '',
    customerListId: raw.rule?.customer_list_id ?? null,
    status: raw.status ?? '',
    size: raw.size ?? null,
    description: raw.description ?? null,
  }))

/** A number, which some answers write as text. */
const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,15}(?:\.\d+)?$/)
    .transform(Number),
])

/** Covers the answers to both grants, of which only refreshing always gives a refresh token. */
export const tokenSchema = z
  .object({
    access_token: token,
    expires_in: numeric.refine((value) => value > 0),
    refresh_token: token.nullish(),
    refresh_token_expires_at: numeric.nullish(),
    refresh_token_expires_in: numeric.nullish(),
  })
  .transform((raw): TokenAnswer => ({
    accessToken: raw.access_token,
    expiresInS: raw.expires_in,
    refreshToken: raw.refresh_token ?? null,
    refreshExpiresAtS: raw.refresh_token_expires_at ?? null,
    refreshExpiresInS: raw.refresh_token_expires_in ?? null,
  }))

/** A page of a cursor list: a missing, null or empty bookmark ends it. */
export function pageSchema<T>(item: z.ZodType<T>): z.ZodType<Page<T>> {
  return z
    .object({ items: z.array(item), bookmark: text })
    .transform((raw): Page<T> => ({ items: raw.items, bookmark: raw.bookmark || null }))
}

/** A reader for `judge`: null for a body that does not fit. */
export function readerOf<T>(schema: z.ZodType<T>): (body: unknown) => T | null {
  return (body) => schema.safeParse(body).data ?? null
}
