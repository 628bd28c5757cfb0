import { Link } from '@tanstack/react-router'
import type { Item } from '../api/call.ts'
import { accessWords } from '../format/access.ts'
import { count } from '../format/number.ts'
import { Place } from '../ui/place.tsx'
import type { Column } from './data-table.tsx'

/** The columns of destinations, wherever they are listed. */

type DestinationColumn = Column<Item<'destinations.list'>>

export function destinationColumns(which: 'all' | 'of a credential'): readonly DestinationColumn[] {
  return which === 'all' ? [name, credential, place, access, uses] : [name, place, access, uses]
}

const name: DestinationColumn = {
  id: 'name',
  header: 'Destination',
  width: '26%',
  cell: ({ id, name: text, description }) => (
    <>
      <Link to="/destinations/$id" params={{ id }} className="strong">
        {text}
      </Link>
      <div className="dim small">{description}</div>
    </>
  ),
}

const credential: DestinationColumn = {
  id: 'credential',
  header: 'Credential',
  cell: ({ credential: seen }) => seen?.name ?? '–',
}

const place: DestinationColumn = {
  id: 'place',
  header: 'Sends to',
  cell: ({ place: of }) => <Place of={of} />,
}

const access: DestinationColumn = {
  id: 'access',
  header: 'For whom',
  cell: accessWords,
}

const uses: DestinationColumn = {
  id: 'uses',
  header: 'Orchestrations',
  align: 'end',
  cell: ({ orchestrations }) => count(orchestrations),
}
