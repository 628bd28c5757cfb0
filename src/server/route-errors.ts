import type { ErrorCode } from '../base/catalogue.ts'
import type { RouteSpec } from './api.ts'

/** The errors of the catalogue that operations answer with. */

/** Reading a data source fails with these. */
export const sourceErrors = [
  'source_not_found',
  'source_damaged',
  'source_refused',
  'disk_full',
] as const satisfies ErrorCode[]

/** Asking a data source for the result of a query fails with these. */
export const queryErrors = ['query_failed', 'missing_email_column', ...sourceErrors] as const

/** Asking Pinterest while a person waits fails with these. */
export const pinterestErrors = [
  'authorization_error',
  'insufficient_permissions',
  'ad_account_not_found',
  'pinterest_unavailable',
  'pinterest_refused',
  'not_pinterest',
] as const satisfies ErrorCode[]

/** Checking a destination fails with these, whatever its kind. */
export const checkErrors = [...pinterestErrors, 'destination_refused'] as const satisfies ErrorCode[]

/** All errors of an operation: those that follow from its form, and those that its route names. */
export function errorsOf(route: RouteSpec): ErrorCode[] {
  const { method, params, permission, errors = [] } = route
  const isChange = method !== 'GET'
  return [
    'request_invalid',
    ...(permission === 'public' ? [] : (['not_signed_in'] as const)),
    ...(permission === 'public' || permission === 'signed_in' ? [] : (['access_denied'] as const)),
    ...(params === undefined ? [] : (['not_found'] as const)),
    ...(isChange ? (['changed_meanwhile', 'request_too_large'] as const) : []),
    ...(route.body === undefined ? [] : (['name_taken'] as const)),
    ...(method === 'DELETE' ? (['in_use'] as const) : []),
    ...errors,
    'wrong_host',
    'internal_error',
    'database_unavailable',
    'server_unavailable',
  ]
}
