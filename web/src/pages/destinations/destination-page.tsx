import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { count } from '../../format/number.ts'
import { orchestrationColumns } from '../../table/orchestration-columns.tsx'
import { Facts } from '../../ui/facts.tsx'
import { MoreMenu } from '../../ui/more-menu.tsx'
import { Checks, Empty, ErrorNotice, Notice } from '../../ui/notices.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { settingFacts } from '../../ui/settings-fields.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { RelatedRows } from '../related-rows.tsx'
import { WorkflowHistory } from '../workflow-history.tsx'
import {
  CopyDestinationDialog,
  DeleteDestinationDialog,
  EditDestinationDialog,
} from './destination-dialogs.tsx'
import { limitFields, typedLimits } from './destination-form.ts'
import type { Destination } from './destination-form.ts'
import { useKind } from './use-kind.ts'
import type { DestinationKind } from './use-kind.ts'

/** One destination: its settings, what is sent to it, and what became of that. */
export function DestinationPage(): ReactElement {
  const { id } = useParams({ from: '/shell/destinations/$id' })
  const destination = useRead('destinations.get', { params: { id } })
  return <AnsweredPage of={destination}>{(data) => <Shown key={data.id} destination={data} />}</AnsweredPage>
}

function Shown({ destination }: { readonly destination: Destination }): ReactElement {
  const { id, name, description } = destination
  const { may } = useMe()
  const kind = useKind(destination.kind)
  const system = kind?.title ?? 'Pinterest'
  const check = useSend('destinations.check-saved')
  return (
    <Page
      title={name}
      parent={<Link to="/destinations">Destinations</Link>}
      about={description === '' ? undefined : description}
      actions={
        <Actions
          destination={destination}
          isChecking={check.isPending}
          system={system}
          onCheck={() => check.mutate({ params: { id } })}
        />
      }
    >
      {check.error !== null && <ErrorNotice error={check.error} />}
      {check.data !== undefined && (
        <Notice tone={check.data.accepted ? 'ok' : 'bad'}>
          <p className="strong">
            {check.data.accepted ? `${system} accepts it.` : `${system} does not accept it.`}
          </p>
          <Checks of={check.data.checks} />
        </Notice>
      )}
      <Settings destination={destination} kind={kind} />
      {may('orchestration:view') && (
        <Section title="Orchestrations">
          <RelatedRows
            label="Orchestrations that send to it"
            operation="orchestrations.list"
            of={{ destinationId: id }}
            columns={orchestrationColumns('query')}
            empty={
              <Empty title="Nothing is sent to it yet.">
                An <Link to="/orchestrations">orchestration</Link> sends a query to it.
              </Empty>
            }
          />
        </Section>
      )}
      {may('workflow:view') && (
        <WorkflowHistory of={{ destinationId: id }} label="Workflows of this destination" />
      )}
      <Dialogs destination={destination} />
    </Page>
  )
}

function Actions(props: {
  readonly destination: Destination
  readonly onCheck: () => void
  readonly isChecking: boolean
  /** What it is checked with, by name. */
  readonly system: string
}): ReactElement | null {
  const mayEdit = useMe().may('destination:edit')
  const { open } = useDialog()
  if (!mayEdit) return null
  return (
    <>
      <Button variant="default" loading={props.isChecking} onClick={props.onCheck}>
        Check with {props.system}
      </Button>
      <Button variant="default" onClick={() => open('edit')}>
        Edit
      </Button>
      <MoreMenu
        label={`More for ${props.destination.name}`}
        items={[
          { word: 'Copy', onClick: () => open('copy') },
          { word: 'Delete', onClick: () => open('delete'), isDestructive: true },
        ]}
      />
    </>
  )
}

function Dialogs({ destination }: { readonly destination: Destination }): ReactElement | null {
  const mayEdit = useMe().may('destination:edit')
  const { dialog, close } = useDialog()
  if (!mayEdit) return null
  if (dialog === 'edit') return <EditDestinationDialog destination={destination} onClose={close} />
  if (dialog === 'copy') return <CopyDestinationDialog destination={destination} onClose={close} />
  if (dialog === 'delete') return <DeleteDestinationDialog destination={destination} onClose={close} />
  return null
}

function Settings(props: {
  readonly destination: Destination
  readonly kind: DestinationKind | undefined
}): ReactElement {
  const { destination, kind } = props
  const { credential, adminOnly, limitedPii, settings } = destination
  const limits = typedLimits(destination.limits)
  return (
    <Facts
      of={[
        [
          'Credential',
          credential === null ? (
            'Your access does not include credentials.'
          ) : (
            <Link key="credential" to="/settings/$tab/$id" params={{ tab: 'credentials', id: credential.id }}>
              {credential.name}
            </Link>
          ),
        ],
        ['Kind', kind?.title ?? destination.kind],
        ...settingFacts(kind, settings),
        ['Admin only', adminOnly ? 'yes' : 'no'],
        ['PII setting', limitedPii ? 'limited access is enough' : 'off'],
        ...limitFields.flatMap(({ name, label }) => {
          const limit = limits[name]
          return limit === '' ? [] : [[label, count(limit)] as const]
        }),
      ]}
    />
  )
}
