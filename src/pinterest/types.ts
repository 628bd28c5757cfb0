/** What the Pinterest client needs from the rest of Rollcall, and what it gives. */

/** The secrets of one credential. Times are absolute. */
export interface Tokens {
  readonly appId: string
  readonly appSecret: string
  readonly refreshToken: string
  readonly refreshExpiresAt: Date | null
  readonly accessToken: string | null
  readonly accessExpiresAt: Date | null
}

/** Where tokens live. Kept by `access/credentials.ts`, sealed in the store. */
export interface TokenVault {
  /** Name of the credential, for messages. */
  readonly name: string
  read(): Promise<Tokens>
  /**
   * Runs `exchange` with the newest tokens while no other process can, and stores what it returns before it
   * resolves. `exchange` may return its argument unchanged when another process renewed them meanwhile.
   */
  renew(exchange: (current: Tokens) => Promise<Tokens>): Promise<Tokens>
}

export type CallKind = 'read' | 'write'

/** The budget of calls that all workers share. */
export interface RateLimiter {
  /** Resolves when the call may be made. Key: credential and ad account. */
  take(key: string, kind: CallKind, signal: AbortSignal): Promise<void>
  /** No one makes a call of this kind for `waitMs`: Pinterest said so (`x-ratelimit-reset`). */
  hold(key: string, kind: CallKind, waitMs: number): Promise<void>
}

/** Counts of one client's calls. */
export interface RequestCounts {
  reads: number
  writes: number
  retries: number
  throttled: number
}

/** The answer of a call, with what a receipt keeps of it. */
export interface Answer<T> {
  readonly body: T
  readonly status: number
  /** `x-pinterest-rid`, to name in a question to Pinterest's support. */
  readonly requestId: string | null
}
