import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { startOfDay } from '../format/time.ts'

/** The filters of a list, in the address. A changed one begins at the first page again; typing leaves no way back behind. */
export function useFilter<Filter extends object>(): {
  readonly filter: Filter
  readonly setFilter: (changed: Partial<Filter>) => void
} {
  const found: object = useSearch({ strict: false })
  const navigate = useNavigate()
  const setFilter = useCallback(
    (changed: Partial<Filter>) =>
      void navigate({
        to: '.',
        search: (before: object) => ({ ...before, cursor: '', ...changed }),
        replace: 'search' in changed,
      }),
    [navigate],
  )
  return { filter: found as Filter, setFilter }
}

/** Days as the times that the API takes: the last one is meant with all its hours. */
export function daysAsTimes<Filter extends { readonly from?: string; readonly to?: string }>(
  filter: Filter,
): Omit<Filter, 'from' | 'to'> & { readonly from: string | undefined; readonly to: string | undefined } {
  const { from, to } = filter
  return {
    ...filter,
    from: from === undefined ? undefined : startOfDay(from),
    to: to === undefined ? undefined : startOfDay(to, 1),
  }
}
