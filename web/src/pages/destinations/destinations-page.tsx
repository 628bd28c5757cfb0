import '../../styles/destinations.css'
import { Button, Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMe } from '../../api/me.ts'
import { destinationColumns } from '../../table/destination-columns.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { NamedList } from '../named-list.tsx'
import { NewDestinationDialog } from './new-destination-dialog.tsx'

/** Every destination: the ad accounts that lists are sent to. */
export function DestinationsPage(): ReactElement {
  const me = useMe()
  const mayEdit = me.may('destination:edit')
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedList
        title="Destinations"
        operation="destinations.list"
        columns={destinationColumns('all')}
        actions={mayEdit && <NewDestinations onOrchestration={() => open('new')} />}
        none={{ noun: 'destination', title: 'There is no destination yet.' }}
        empty={
          <>
            A destination is the ad account that lists are sent to.{' '}
            {me.may('credential:view') && (
              <>
                It uses a{' '}
                <Link to="/settings/$tab" params={{ tab: 'credentials' }}>
                  credential
                </Link>
                , which can be added on the way.
              </>
            )}
          </>
        }
      />
      {dialog === 'new' && mayEdit && <NewDestinationDialog onClose={close} />}
    </>
  )
}

function NewDestinations({ onOrchestration }: { readonly onOrchestration: () => void }): ReactElement {
  return (
    <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button>New destinations</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onOrchestration}>Orchestration</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
