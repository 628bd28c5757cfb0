import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Query } from './query-status.tsx'

/** The orchestrations that send from a query, those that one may see. */
export function UsedBy({ orchestrations }: Pick<Query, 'orchestrations'>): ReactElement {
  return (
    <ul>
      {orchestrations.map(({ id, name }) => (
        <li key={id}>
          <Link to="/orchestrations/$id" params={{ id }}>
            {name}
          </Link>
        </li>
      ))}
    </ul>
  )
}
