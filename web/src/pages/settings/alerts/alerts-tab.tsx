import '../../../styles/settings.css'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../../api/call.ts'
import { useMe } from '../../../api/me.ts'
import type { Column } from '../../../table/data-table.tsx'
import { EnabledMark } from '../../../ui/enabled-mark.tsx'
import { Mark } from '../../../ui/mark.tsx'
import { Empty } from '../../../ui/notices.tsx'
import { Time } from '../../../ui/time.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { NamedRows } from '../../named-list.tsx'
import { NewAlertDialog } from './alert-dialogs.tsx'
import type { Alert } from './alert-events.ts'
import { eventWords, useAlertTopics } from './alert-events.ts'
import { channelWords } from './alert-form.ts'

const columns: readonly Column<Item<'alerts.list'>>[] = [
  {
    id: 'name',
    header: 'Alert',
    width: '22%',
    cell: ({ id, name, enabled, ready }) => (
      <>
        <Link to="/settings/$tab/$id" params={{ tab: 'alerts', id }} className="strong">
          {name}
        </Link>
        <div className="small">
          <AlertMark enabled={enabled} ready={ready} />
        </div>
      </>
    ),
  },
  { id: 'tells', header: 'Events', width: '28%', cell: ({ events }) => <Events of={events} /> },
  {
    id: 'to',
    header: 'To',
    width: '26%',
    cell: ({ channel, target }) => (
      <>
        {channelWords[channel]}
        <div className="dim small">{placesOf(target).join(', ')}</div>
      </>
    ),
  },
  {
    id: 'sent',
    header: 'Last sent',
    cell: (alert) => (
      <>
        <LastSent at={alert.lastSentAt} />
        {alert.lastProblem !== null && (
          <div>
            <Mark tone="bad">Last delivery failed</Mark>
          </div>
        )}
      </>
    ),
  },
]

function Events({ of: events }: { readonly of: readonly string[] }): ReactElement {
  return <>{eventWords(useAlertTopics(), events)}</>
}

/** An alert that is switched on and cannot be sent is not called enabled. */
export function AlertMark(props: Pick<Alert, 'enabled' | 'ready'>): ReactElement {
  return props.enabled && !props.ready ? (
    <Mark tone="warn" icon="warn">
      Cannot be sent: no mail server
    </Mark>
  ) : (
    <EnabledMark enabled={props.enabled} />
  )
}

export function placesOf(target: Alert['target']): readonly string[] {
  return 'to' in target ? target.to : [target.url]
}

export function LastSent({ at }: { readonly at: string | null }): ReactElement {
  return at === null ? <span className="dim">nothing yet</span> : <Time at={at} />
}

/** What goes out by e-mail and webhook. */
export function AlertsTab(): ReactElement {
  const mayEdit = useMe().may('alert:edit')
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedRows
        title="Alerts"
        operation="alerts.list"
        columns={columns}
        actions={mayEdit && <Button onClick={() => open('new')}>Add alert</Button>}
        empty={
          <Empty title="There is no alert yet.">
            An alert sends an e-mail or calls a webhook when a workflow fails or needs approval.
          </Empty>
        }
      />
      {dialog === 'new' && mayEdit && <NewAlertDialog onClose={close} />}
    </>
  )
}
