import type { ReactElement } from 'react'
import { destinationColumns } from '../../table/destination-columns.tsx'
import { Empty } from '../../ui/notices.tsx'
import { NamedList } from '../named-list.tsx'

export function DestinationsPage(): ReactElement {
  return (
    <NamedList
      title="Destinations"
      operation="destinations.list"
      columns={destinationColumns('all')}
      empty={
        <Empty title="There is no destination yet.">
          A destination is the ad account that lists are sent to. Add a credential first.
        </Empty>
      }
    />
  )
}
