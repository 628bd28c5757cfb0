import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../../api/hooks.ts'
import { useMe } from '../../../api/me.ts'
import { span } from '../../../format/number.ts'
import { capital } from '../../../format/words.ts'
import { Facts } from '../../../ui/facts.tsx'
import { MoreMenu } from '../../../ui/more-menu.tsx'
import { Answered, ErrorNotice, Notice } from '../../../ui/notices.tsx'
import { Section, useTitle } from '../../../ui/page.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { DeleteAlertDialog, EditAlertDialog } from './alert-dialogs.tsx'
import { eventWords, useAlertTopics } from './alert-events.ts'
import type { Alert } from './alert-events.ts'
import { channelWords } from './alert-form.ts'
import { AlertMark, LastSent, placesOf } from './alerts-tab.tsx'
import { Prose } from '../../../ui/prose.tsx'

/** One alert: what it tells, to whom, and whether the last delivery arrived. */
export function AlertItem({ id }: { readonly id: string }): ReactElement {
  const alert = useRead('alerts.get', { params: { id } })
  return <Answered of={alert}>{(data) => <Shown alert={data} />}</Answered>
}

function Shown({ alert }: { readonly alert: Alert }): ReactElement {
  const { name, events, channel, target, slowerThanMs, enabled, ready, lastSentAt, lastProblem, owner } =
    alert
  const isEditor = useMe().may('alert:edit')
  const mayEdit = isEditor && alert.editRefused === null
  const isYours = owner?.isYou === true
  /** Owners may do this however narrow their access has become. */
  const mayEnd = mayEdit || isYours
  const topics = useAlertTopics()
  const { dialog, open, close } = useDialog()
  const test = useSend('alerts.test')
  const update = useSend('alerts.update')
  const switchOff = (): void =>
    update.mutate({ params: { id: alert.id }, body: { version: alert.version, enabled: false } })
  useTitle(name)
  return (
    <>
      <Section
        title={name}
        isSubject
        actions={
          mayEnd && (
            <div className="row">
              {isEditor && (
                <Button
                  variant="default"
                  loading={test.isPending}
                  onClick={() => test.mutate({ params: { id: alert.id } })}
                >
                  Send test
                </Button>
              )}
              {mayEdit ? (
                <Button variant="default" onClick={() => open('edit')}>
                  Edit
                </Button>
              ) : (
                enabled && (
                  <Button variant="default" loading={update.isPending} onClick={switchOff}>
                    Switch off
                  </Button>
                )
              )}
              <MoreMenu
                label={`More for ${name}`}
                items={[{ word: 'Delete alert', onClick: () => open('delete'), isDestructive: true }]}
              />
            </div>
          )
        }
      >
        {isEditor && alert.editRefused !== null && (
          <p className="dim">
            You cannot {isYours ? 'edit' : 'edit or delete'} it: {alert.editRefused}
          </p>
        )}
        {enabled && !ready && (
          <Notice tone="warn">
            <p>
              Nothing is sent: Rollcall has no mail server. Set <code>ROLLCALL_SMTP_URL</code> and{' '}
              <code>ROLLCALL_MAIL_FROM</code> where it runs, then restart it.
            </p>
          </Notice>
        )}
        {update.error !== null && <ErrorNotice error={update.error} />}
        {test.error !== null && <ErrorNotice error={test.error} />}
        {test.data !== undefined && (
          <Notice tone={test.data.delivered ? 'ok' : 'bad'}>
            <p>
              Test: <Prose of={test.data.text} />
            </p>
          </Notice>
        )}
        {lastProblem !== null && test.data?.delivered !== false && (
          <Notice tone="bad">
            <p>The last delivery failed: {capital(lastProblem)}</p>
          </Notice>
        )}
        <Facts
          of={[
            ['State', <AlertMark key="state" enabled={enabled} ready={ready} />],
            ['Events', eventWords(topics, events)],
            ...(slowerThanMs === null ? [] : ([['Slow after', span(slowerThanMs / 1000)]] as const)),
            [channelWords[channel], placesOf(target).join(', ')],
            ...(owner === null ? [] : ([['Owner', owner.isYou ? 'You' : owner.name]] as const)),
            ['Last sent', <LastSent key="sent" at={lastSentAt} />],
          ]}
        />
      </Section>
      {dialog === 'edit' && mayEdit && <EditAlertDialog alert={alert} onClose={close} />}
      {dialog === 'delete' && mayEnd && <DeleteAlertDialog alert={alert} onClose={close} />}
    </>
  )
}
