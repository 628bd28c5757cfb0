import { useCallback } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../../../api/hooks.ts'
import { useMe } from '../../../api/me.ts'
import { ChoiceField, DayField, SearchField } from '../../../ui/filters.tsx'
import type { Choice } from '../../../ui/filters.tsx'
import type { Search } from '../../../url-search.ts'
import { objectChoices } from './activity-words.ts'

/** What the address may name to narrow the log. */
export type ActivityFilter = Search<
  'search' | 'principal' | 'action' | 'objectType' | 'objectId' | 'from' | 'to' | 'cursor'
>

export function ActivityFilters(props: {
  readonly filter: ActivityFilter
  readonly onChange: (changed: ActivityFilter) => void
  /** What is done with all that fits. */
  readonly children: ReactNode
}): ReactElement {
  const { filter, onChange } = props
  const search = useCallback((text: string) => onChange({ search: text }), [onChange])
  const action = useCallback((text: string) => onChange({ action: text }), [onChange])
  const objectId = useCallback((text: string) => onChange({ objectId: text }), [onChange])
  return (
    <div className="filters">
      <SearchField label="Search" value={filter.search} onChange={search} />
      <ChoiceField
        label="Who"
        all="Anyone"
        choices={usePrincipals(filter.principal)}
        value={filter.principal}
        onChange={(principal) => onChange({ principal })}
      />
      <ChoiceField
        label="Object"
        all="All objects"
        choices={objectChoices}
        value={filter.objectType}
        onChange={(objectType) => onChange({ objectType })}
      />
      <SearchField label="Object ID" value={filter.objectId} onChange={objectId} />
      <SearchField label="Action begins with" value={filter.action} onChange={action} />
      <DayField label="From" value={filter.from} onChange={(from) => onChange({ from })} />
      <DayField label="To" value={filter.to} onChange={(to) => onChange({ to })} />
      <div className="filters-action">{props.children}</div>
    </div>
  )
}

const OFFERED = { query: { limit: 200 } }

/** All who may have acted and still exist; also the one that the address names, existing or not. */
function usePrincipals(chosen: string | undefined): readonly Choice[] {
  const me = useMe()
  const users = useRead('users.list', OFFERED, { enabled: me.may('user:administer') })
  const keys = useRead('api-keys.list', OFFERED, { enabled: me.may('api_key:administer') })
  const offered = [
    ...(users.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
    ...(keys.data?.items ?? []).map(({ id, name }) => ({ value: id, label: `API key ${name}` })),
    { value: 'local', label: 'Command line' },
  ]
  const isOffered = chosen === undefined || offered.some(({ value }) => value === chosen)
  return isOffered ? offered : [...offered, { value: chosen, label: chosen }]
}
