import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../../api/hooks.ts'
import type { Workflow } from './workflow.ts'

/** What it was run for, as far as that is still there. */
export function linksOf({ orchestration, query, destination }: Workflow): [string, ReactNode][] {
  const found: [string, ReactNode][] = []
  if (orchestration !== null)
    found.push([
      'Orchestration',
      <Link key={orchestration.id} to="/orchestrations/$id" params={orchestration}>
        {orchestration.name}
      </Link>,
    ])
  if (query !== null)
    found.push([
      'Query',
      <Link key={query.id} to="/queries/$id" params={query}>
        {query.name}
      </Link>,
    ])
  if (destination !== null)
    found.push([
      'Destination',
      <Link key={destination.id} to="/destinations/$id" params={destination}>
        {destination.name}
      </Link>,
    ])
  return found
}

/** The list, which leads to its page once there is one; nothing of a workflow that has none. */
export function ListName({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const { list, listId } = workflow
  if (list === null) return null
  if (listId === null) return <>{list.name}</>
  return (
    <Link to="/lists/$id" params={{ id: listId }}>
      {list.name}
    </Link>
  )
}

/** The workflow that it is a part of. */
function Whole({ id }: { readonly id: string }): ReactElement {
  const { data } = useRead('workflows.get', { params: { id } })
  return (
    <Link to="/workflows/$id" params={{ id }}>
      {data?.name ?? id}
    </Link>
  )
}

/** What the run is about, each of it a link as far as it is there and may be seen. */
export function RunLinks({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const links = linksOf(workflow)
  if (workflow.list !== null) links.push(['Customer list', <ListName key="list" workflow={workflow} />])
  else if (workflow.target !== null) links.push(['Target', workflow.target.name])
  if (workflow.parent !== null) links.unshift(['Part of', <Whole key="whole" id={workflow.parent} />])
  return (
    <p className="run-links">
      {links.map(([what, link]) => (
        <span key={what}>
          <span className="dim">{what}</span> {link}
        </span>
      ))}
    </p>
  )
}
