import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { useRead } from '../../../api/hooks.ts'
import { useMe } from '../../../api/me.ts'
import { span } from '../../../format/number.ts'
import { EnabledMark } from '../../../ui/enabled-mark.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { MoreMenu } from '../../../ui/more-menu.tsx'
import { Answered, Notice } from '../../../ui/notices.tsx'
import { Section, useTitle } from '../../../ui/page.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { DeleteAlertDialog, EditAlertDialog } from './alert-dialogs.tsx'
import { eventWords } from './alert-events.ts'
import type { Alert } from './alert-events.ts'
import { channelWords } from './alert-form.ts'
import { LastSent, placesOf } from './alerts-tab.tsx'

/** One alert: what it tells, to whom, and whether the last delivery arrived. */
export function AlertItem({ id }: { readonly id: string }): ReactElement {
  const alert = useRead('alerts.get', { params: { id } })
  return <Answered of={alert}>{(data) => <Shown alert={data} />}</Answered>
}

function Shown({ alert }: { readonly alert: Alert }): ReactElement {
  const { name, events, channel, target, slowerThanMs, enabled, lastSentAt, lastProblem } = alert
  const mayEdit = useMe().may('alert:edit')
  const { dialog, open, close } = useDialog()
  useTitle(name)
  return (
    <>
      <Section
        title={name}
        isSubject
        actions={
          mayEdit && (
            <div className="row">
              <Button variant="default" onClick={() => open('edit')}>
                Edit
              </Button>
              <MoreMenu
                label={`More for ${name}`}
                items={[{ word: 'Delete alert', onClick: () => open('delete'), isDestructive: true }]}
              />
            </div>
          )
        }
      >
        {lastProblem !== null && (
          <Notice tone="bad">
            <p>The last delivery failed: {lastProblem}</p>
          </Notice>
        )}
        <Facts
          of={[
            ['State', <EnabledMark key="state" enabled={enabled} />],
            ['Tells', eventWords(events)],
            ...(slowerThanMs === null ? [] : ([['Slow is more than', span(slowerThanMs / 1000)]] as const)),
            [channelWords[channel], placesOf(target).join(', ')],
            ['Last sent', <LastSent key="sent" at={lastSentAt} />],
          ]}
        />
      </Section>
      {dialog === 'edit' && mayEdit && <EditAlertDialog alert={alert} onClose={close} />}
      {dialog === 'delete' && mayEdit && <DeleteAlertDialog alert={alert} onClose={close} />}
    </>
  )
}
