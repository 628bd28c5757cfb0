import { useCallback } from 'react'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { DataTable } from '../../table/data-table.tsx'
import { workflowColumns } from '../../table/workflow-columns.tsx'
import { ChoiceField, DayField, SearchField } from '../../ui/filters.tsx'
import { states } from '../../ui/mark.tsx'
import { Empty, EmptySeen } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { Pager } from '../../ui/pager.tsx'
import { daysAsTimes, useFilter } from '../../ui/use-filter.ts'
import type { Search } from '../../url-search.ts'
import { WorkflowTabs } from './workflow-tab-links.tsx'

type Filter = Search<
  | 'search'
  | 'state'
  | 'kind'
  | 'sample'
  | 'startedBy'
  | 'orchestrationId'
  | 'destinationId'
  | 'queryId'
  | 'from'
  | 'to'
  | 'cursor'
>

const shownStates = ['failed', 'waiting', 'running', 'scheduled', 'stopping', 'stopped', 'succeeded'] as const
const stateChoices = shownStates.map((value) => ({ value, label: states[value]?.word ?? value }))
const sampleChoices = [
  { value: 'false', label: 'All members' },
  { value: 'true', label: 'Sample' },
]
const starterChoices = [
  { value: 'schedule', label: 'Schedule' },
  { value: 'user', label: 'Person' },
  { value: 'api_key', label: 'API key' },
  { value: 'local', label: 'Command line' },
]

/** The run history, newest first. */
export function WorkflowsPage(): ReactElement {
  const { filter, setFilter } = useFilter<Filter>()
  const workflows = useRead('workflows.list', { query: daysAsTimes(filter) as object })
  return (
    <Page title="Workflows">
      <WorkflowTabs />
      <Filters filter={filter} onChange={setFilter} />
      <DataTable
        label="Workflows, newest first"
        reading={workflows}
        columns={workflowColumns()}
        rows={workflows.data?.items}
        keyOf={({ id }) => id}
        empty={
          <NoWorkflows isFiltered={Object.keys(filter).length > 0} hidden={workflows.data?.hidden ?? 0} />
        }
      />
      <Pager
        isFirst={filter.cursor === undefined}
        nextCursor={workflows.data?.nextCursor ?? null}
        words={{ first: 'Newest', next: 'Older' }}
        onPage={(cursor) => setFilter({ cursor })}
      />
    </Page>
  )
}

function Filters(props: {
  readonly filter: Filter
  readonly onChange: (changed: Partial<Filter>) => void
}): ReactElement {
  const { filter, onChange } = props
  const orchestrations = useRead('orchestrations.list', { query: { limit: 200 } })
  const search = useCallback((text: string) => onChange({ search: text }), [onChange])
  return (
    <div className="filters">
      <SearchField label="Search" value={filter.search} onChange={search} />
      <ChoiceField
        label="State"
        all="All states"
        choices={stateChoices}
        value={filter.state}
        onChange={(state) => onChange({ state })}
      />
      <ChoiceField
        label="Orchestration"
        all="All"
        choices={(orchestrations.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={filter.orchestrationId}
        onChange={(orchestrationId) => onChange({ orchestrationId })}
      />
      <ChoiceField
        label="Sent"
        all="All"
        choices={sampleChoices}
        value={filter.sample}
        onChange={(sample) => onChange({ sample })}
      />
      <ChoiceField
        label="Started by"
        all="Anyone"
        choices={starterChoices}
        value={filter.startedBy}
        onChange={(startedBy) => onChange({ startedBy })}
      />
      <DayField label="From" value={filter.from} onChange={(from) => onChange({ from })} />
      <DayField label="To" value={filter.to} onChange={(to) => onChange({ to })} />
    </div>
  )
}

function NoWorkflows(props: { readonly isFiltered: boolean; readonly hidden: number }): ReactElement {
  const { isFiltered, hidden } = props
  return isFiltered ? (
    <Empty title="No workflow fits these filters.">Change one of them, or search for something else.</Empty>
  ) : (
    <EmptySeen noun="workflow" hidden={hidden} title="Nothing has run yet.">
      Open an orchestration and send a sample first: some members, to a list of its own name.
    </EmptySeen>
  )
}
