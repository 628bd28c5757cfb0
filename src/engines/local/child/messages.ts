import type { CarriedError } from '../carried-error.ts'

/** What a child is sent: the name of its job and what that takes, as JSON. */
export interface Request {
  readonly job: string
  readonly options: unknown
}

/** How far a query has come: bytes of files that were loaded for it since the last time, or how much of its rows it has made. */
export interface QueryProgress {
  readonly bytes?: number
  readonly share?: { readonly share: number; readonly rows: number }
}

/** What a child sends: any number of times how far it has come, and one end. */
export type Answer =
  | { readonly progress: unknown }
  | { readonly result: unknown }
  | { readonly error: CarriedError }
