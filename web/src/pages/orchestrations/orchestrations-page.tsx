import '../../styles/orchestrations.css'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { orchestrationColumns } from '../../table/orchestration-columns.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { NamedList } from '../named-list.tsx'
import { useMayDo } from './orchestration-actions.tsx'
import { NewOrchestrationDialog } from './orchestration-dialogs.tsx'

/** Every orchestration: what is sent where, and when. */
export function OrchestrationsPage(): ReactElement {
  const mayDo = useMayDo()
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedList
        title="Orchestrations"
        operation="orchestrations.list"
        columns={orchestrationColumns('query and destination')}
        actions={mayDo.edit && <Button onClick={() => open('new')}>New orchestration</Button>}
        none={{ noun: 'orchestration', title: 'There is no orchestration yet.' }}
        empty={
          <>
            An orchestration sends a <Link to="/queries">query</Link> to a{' '}
            <Link to="/destinations">destination</Link> and keeps the customer list in step. It needs both
            first.
          </>
        }
      />
      {dialog === 'new' && mayDo.edit && <NewOrchestrationDialog onClose={close} />}
    </>
  )
}
