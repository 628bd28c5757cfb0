import type { Kind } from './kinds.ts'

/** Settings of destinations that an alert may tell of, and the kinds of things that it may name. */
export interface AlertReach {
  readonly destinations: readonly { readonly admin_only: boolean; readonly limited_pii: boolean }[]
  readonly kinds: readonly Exclude<Kind, 'destination'>[]
}
