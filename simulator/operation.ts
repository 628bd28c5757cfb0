import type { Category } from './limiter.ts'
import type { AdAccount, Role } from './seed.ts'
import type { World } from './world.ts'

/** One request that passed token, rate limit and role. */
export interface Call {
  readonly world: World
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Parsed JSON; the plain text where the operation takes a form. */
  readonly body: unknown
  readonly headers: Headers
  /** The one of the path; throws 404 where there is none. */
  readonly adAccount: () => AdAccount
  /** What the log of calls says about it beyond its path. */
  readonly note: { change?: string; records?: number; subjectId?: string }
}

export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** One operation of the API, named as in its description. */
export interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** Below `/v5`, with `:names`. */
  readonly path: string
  readonly category: Category
  /** Null: no bearer token. */
  readonly scope: string | null
  /** Any one of these in the ad account. Null: everyone who sees it. */
  readonly roles: readonly Role[] | null
  readonly handle: (call: Call) => Reply
}

/** May make and change lists and audiences. */
export const AUDIENCE_ROLES: readonly Role[] = ['OWNER', 'ADMIN', 'AUDIENCE_MANAGER']

export const ok = (body: unknown): Reply => ({ status: 200, body })
