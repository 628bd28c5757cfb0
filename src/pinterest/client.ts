import { createAccessToken } from './access-token.ts'
import { call } from './call.ts'
import { PinterestError } from './errors.ts'
import { eachItem } from './pages.ts'
import { adAccountSchema, audienceSchema, customerListSchema, pageSchema } from './schemas.ts'
import { createTransport } from './transport.ts'
import type { z } from 'zod'
import type { Limits } from '../base/limits.ts'
import type { Call, Caller } from './call.ts'
import type { Subject } from './errors.ts'
import type { Pace, RetryInfo, Sent } from './repeat.ts'
import type { AdAccount, Audience, CustomerList } from './schemas.ts'
import type { RateLimiter, RequestCounts, TokenVault } from './types.ts'
import type { MayGoOn } from './transport.ts'

export type { RetryInfo, Sent } from './repeat.ts'
export type { AdAccount, Audience, CustomerList } from './schemas.ts'

export interface PinterestClientOptions {
  /** Such as `https://api.pinterest.com/v5`. */
  readonly baseUrl: string
  readonly vault: TokenVault
  readonly limiter: RateLimiter
  readonly limits: Limits
  /** Ends waits and calls at once, with the error `stopped`. */
  readonly signal: AbortSignal
  /** Awaited before each request, which is not made when it rejects. */
  readonly mayGoOn?: MayGoOn | undefined
  /** Added to by each request, repeated ones included; `retries` says how many were such. */
  readonly counts?: RequestCounts
  readonly onRetry?: (info: RetryInfo) => void
  /** From 0 to 1, for the pauses between attempts. */
  readonly random?: () => number
  /** For the variables of proxies. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The calls of Pinterest API v5 that Rollcall makes. Each takes its slot of the shared budget, repeats what may
 * pass for up to `limits.retryForMs`, and rejects with a `PinterestError` only. For a write, its `answerLost`
 * says whether Pinterest may have acted on it all the same.
 */
export interface PinterestClient {
  /** Name of the credential that it calls with. */
  readonly credential: string
  getAdAccount(id: string): Promise<AdAccount>
  listAdAccounts(): AsyncIterable<AdAccount>
  /** All lists of the ad account, newest first unless told otherwise: Pinterest orders them by id. */
  listCustomerLists(adAccountId: string, order?: { newestFirst: boolean }): AsyncIterable<CustomerList>
  /** Null when there is no such list. */
  getCustomerList(adAccountId: string, id: string): Promise<Sent<CustomerList> | null>
  /** Not repeated after a lost answer (`answerLost`): look for the list first, or there may be two. */
  createCustomerList(adAccountId: string, list: NewCustomerList): Promise<Sent<CustomerList>>
  /** Repeated after a lost answer: membership is a set, only the counters may count the records again. */
  updateCustomerList(adAccountId: string, id: string, update: ListUpdate): Promise<Sent<CustomerList>>
  /** The ad account's own audiences of every type, newest first. */
  listAudiences(adAccountId: string): AsyncIterable<Audience>
  /** Null when there is no such audience. */
  getAudience(adAccountId: string, id: string): Promise<Sent<Audience> | null>
  /** Not repeated after a lost answer (`answerLost`): look for the audience first, or there may be two. */
  createAudience(adAccountId: string, audience: NewAudience): Promise<Sent<Audience>>
  /** Exchanges the refresh token, so that its life begins anew. */
  renewTokens(): Promise<void>
  /** Closes every socket, once the calls under way have ended. */
  close(): Promise<void>
}

export interface NewCustomerList {
  readonly name: string
  /** Hashes of e-mail addresses joined by commas, at least one. */
  readonly records: string
}

export interface ListUpdate {
  readonly operation: 'add' | 'remove'
  /** Hashes of e-mail addresses joined by commas. */
  readonly records: string
  /** The list's name, for messages. */
  readonly listName?: string
}

export interface NewAudience {
  readonly name: string
  readonly customerListId: string
  readonly description?: string
}

export function createPinterestClient(options: PinterestClientOptions): PinterestClient {
  const caller = createCaller(options)
  const about = (adAccount: string | null, absent: Subject['absent']): Subject => ({
    credential: options.vault.name,
    adAccount,
    absent,
  })
  const read = async <T>(
    operation: string,
    path: string,
    schema: z.ZodType<T>,
    subject: Subject,
  ): Promise<Sent<T>> =>
    await call(caller, { operation, kind: 'read', method: 'GET', path, schema, repeatable: true, subject })
  const readAll = <T>(
    operation: string,
    path: () => string,
    query: Record<string, string>,
    schema: z.ZodType<T>,
    subject: Subject,
  ): AsyncIterable<T> => ({
    [Symbol.asyncIterator]: () =>
      eachItem(
        path(),
        query,
        async (page) => (await read(operation, page, pageSchema(schema), subject)).body,
      ),
  })
  const write = async <T>(what: Omit<Call<T>, 'kind' | 'body'>, body: object): Promise<Sent<T>> =>
    await call(caller, { ...what, kind: 'write', body: JSON.stringify(body) })

  return {
    credential: options.vault.name,

    getAdAccount: async (id) =>
      (await read('ad_accounts/get', inAccount(id, ''), adAccountSchema, about(id, 'ad_account_itself')))
        .body,

    listAdAccounts: () =>
      readAll('ad_accounts/list', () => '/ad_accounts', {}, adAccountSchema, about(null, 'other')),

    listCustomerLists: (account, { newestFirst } = { newestFirst: true }) =>
      readAll(
        'customer_lists/list',
        () => inAccount(account, '/customer_lists'),
        { order: newestFirst ? 'DESCENDING' : 'ASCENDING' },
        customerListSchema,
        about(account, 'ad_account'),
      ),

    getCustomerList: async (account, id) => {
      const path = inAccount(account, `/customer_lists/${encodeURIComponent(id)}`)
      return await orNull(read('customer_lists/get', path, customerListSchema, about(account, 'other')))
    },

    createCustomerList: async (account, { name, records }) =>
      await write(
        {
          operation: 'customer_lists/create',
          method: 'POST',
          path: inAccount(account, '/customer_lists'),
          schema: customerListSchema,
          repeatable: false,
          subject: { ...about(account, 'ad_account'), carriesRecords: true },
        },
        { name, list_type: 'EMAIL', records },
      ),

    updateCustomerList: async (account, id, { operation, records, listName }) =>
      await write(
        {
          operation: 'customer_lists/update',
          method: 'PATCH',
          path: inAccount(account, `/customer_lists/${encodeURIComponent(id)}`),
          schema: customerListSchema,
          repeatable: true,
          subject: { ...about(account, 'list'), list: { id, name: listName }, carriesRecords: true },
        },
        { operation_type: operation === 'add' ? 'ADD' : 'REMOVE', records },
      ),

    listAudiences: (account) =>
      readAll(
        'audiences/list',
        () => inAccount(account, '/audiences'),
        // Newer versions of the API have no default for the ownership.
        { ownership_type: 'OWNED', order: 'DESCENDING' },
        audienceSchema,
        about(account, 'ad_account'),
      ),

    getAudience: async (account, id) => {
      const path = inAccount(account, `/audiences/${encodeURIComponent(id)}`)
      return await orNull(read('audiences/get', path, audienceSchema, about(account, 'other')))
    },

    createAudience: async (account, { name, customerListId, description }) =>
      await write(
        {
          operation: 'audiences/create',
          method: 'POST',
          path: inAccount(account, '/audiences'),
          schema: audienceSchema,
          repeatable: false,
          subject: about(account, 'other'),
        },
        {
          name,
          audience_type: 'CUSTOMER_LIST',
          rule: { customer_list_id: customerListId },
          ...(description === undefined ? {} : { description }),
        },
      ),

    renewTokens: async () => await caller.accessToken.renewNow(),

    close: async () => await caller.transport.close(),
  }
}

function createCaller(options: PinterestClientOptions): Caller {
  const { limits, signal, vault } = options
  const pace: Pace = {
    limits,
    signal,
    mayGoOn: options.mayGoOn,
    random: options.random ?? Math.random,
    counts: options.counts ?? { reads: 0, writes: 0, retries: 0, throttled: 0 },
    onRetry: options.onRetry ?? (() => undefined),
  }
  const transport = createTransport({
    baseUrl: options.baseUrl,
    requestTimeoutMs: limits.requestTimeoutMs,
    env: options.env,
  })
  const accessToken = createAccessToken(vault, { transport, pace, credential: vault.name })
  return { transport, pace, limiter: options.limiter, accessToken }
}

/** A path below an ad account. Pinterest's ids have 1 to 18 digits; any other cannot be one of its ad accounts. */
function inAccount(adAccountId: string, rest: string): string {
  if (/^\d{1,18}$/.test(adAccountId)) return `/ad_accounts/${adAccountId}${rest}`
  throw new PinterestError('ad_account_not_found', { adAccount: adAccountId }, {})
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof PinterestError && error.status === 404) return null
    throw error
  }
}

const MANAGING_ROLES: ReadonlySet<string> = new Set(['OWNER', 'ADMIN', 'AUDIENCE_MANAGER'])

/**
 * Whether the authorized user's roles in the ad account let Rollcall change lists and audiences: owner, or one of
 * the two roles that Pinterest's help names for creating audiences. Without any role told it is yes: the call will tell.
 */
export function mayManageLists(adAccount: Pick<AdAccount, 'permissions'>): boolean {
  const { permissions } = adAccount
  return permissions.length === 0 || permissions.some((role) => MANAGING_ROLES.has(role))
}
