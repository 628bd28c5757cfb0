import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../api/call.ts'
import { change, count, counted, span } from '../format/number.ts'
import { zoneName } from '../format/time.ts'
import { headOf } from '../format/words.ts'
import { StateMark } from '../ui/mark.tsx'
import { Time } from '../ui/time.tsx'
import type { Column } from './data-table.tsx'

/** The columns of workflows, wherever they are listed. */

export type WorkflowItem = Item<'workflows.list'>

const starters = {
  schedule: 'schedule',
  user: '',
  api_key: 'API key ',
  local: 'command line',
} as const

/** "schedule", "Ada Lovelace", "API key nightly". */
export function starterOf({ kind, name }: WorkflowItem['startedBy']): string {
  return kind === 'user' || kind === 'api_key' ? `${starters[kind]}${name}` : starters[kind]
}

/** Below its name: whether it only compares, what it brings in step when that has another name, and what was done where there is no list. */
function Under({ row }: { readonly row: WorkflowItem }): ReactElement | null {
  const target = row.target === null || row.target.name === row.name ? null : row.target.name
  const parts = [row.comparison ? 'Comparison' : null, target, row.list === null ? row.summary : null].filter(
    (part) => part !== null,
  )
  return parts.length === 0 ? null : <div className="dim small">{parts.join(', ')}</div>
}

export function workflowColumns(): readonly Column<WorkflowItem>[] {
  return [
    {
      id: 'name',
      header: 'Workflow',
      width: '26%',
      narrowWidth: '20%',
      cell: (row) => (
        <>
          <Link to="/workflows/$id" params={{ id: row.id }} className="strong">
            {row.name}
          </Link>
          <Under row={row} />
        </>
      ),
    },
    {
      id: 'state',
      header: 'State',
      width: '24%',
      narrowWidth: '16%',
      cell: (row) => (
        <>
          {row.warnings > 0 ? (
            <Link to="/workflows/$id" params={{ id: row.id }} hash="problems" className="quiet">
              <StateMark {...row} />
            </Link>
          ) : (
            <StateMark {...row} />
          )}
          <div className="dim small">{aboutState(row)}</div>
        </>
      ),
    },
    { id: 'members', header: 'In the query', align: 'end', cell: (row) => count(row.inQuery ?? row.members) },
    {
      id: 'change',
      header: 'Change',
      align: 'end',
      cell: (row) => <span className="two-lines">{changeOf(row)}</span>,
    },
    { id: 'started', header: `Started (${zoneName()})`, cell: (row) => <Time at={row.startedAt} /> },
    { id: 'duration', header: 'Duration', align: 'end', isExtra: true, cell: (row) => span(row.seconds) },
    { id: 'by', header: 'Started by', cell: (row) => starterOf(row.startedBy) },
  ]
}

/** Nothing has changed only once the run is through. */
export function changeOf(workflow: WorkflowItem): string {
  return isChangeKnown(workflow) ? change(workflow.added, workflow.removed) : '–'
}

export function isChangeKnown({ state, added, removed }: WorkflowItem): boolean {
  if (added === null || removed === null) return false
  return state === 'succeeded' || added !== 0 || removed !== 0
}

function aboutState({ state, error, warnings, comparison }: WorkflowItem): string {
  // The difference that it found is no error, and no one has to decide on it.
  if (comparison && state !== 'failed') return ''
  // What was stopped says so already.
  if (error !== null) return state === 'stopped' && error.code === 'stopped' ? '' : headOf(error.message)
  return warnings === 0 || state === 'succeeded' ? '' : counted(warnings, 'warning')
}
