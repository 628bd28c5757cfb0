import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Item } from '../../../api/call.ts'
import { useRead } from '../../../api/hooks.ts'
import { useMe } from '../../../api/me.ts'
import { roleWords } from '../../../format/access.ts'
import { DataTable } from '../../../table/data-table.tsx'
import type { Column } from '../../../table/data-table.tsx'
import { destinationColumns } from '../../../table/destination-columns.tsx'
import { Place } from '../../../ui/place.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { Mark } from '../../../ui/mark.tsx'
import { MoreMenu } from '../../../ui/more-menu.tsx'
import { Answered, Empty, ErrorNotice, Notice, Steps } from '../../../ui/notices.tsx'
import { Section, useTitle } from '../../../ui/page.tsx'
import { Time } from '../../../ui/time.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { RelatedRows } from '../../related-rows.tsx'
import { DeleteCredentialDialog, EditCredentialDialog, ReauthorizeDialog } from './credential-dialogs.tsx'
import type { Credential } from './credential-form.ts'
import { CredentialState } from './credential-state.tsx'
import { Prose } from '../../../ui/prose.tsx'

/** One credential: whether it works, what it reaches in Pinterest, and what uses it. */
export function CredentialItem({ id }: { readonly id: string }): ReactElement {
  const credential = useRead('credentials.get', { params: { id } })
  return <Answered of={credential}>{(data) => <Shown credential={data} />}</Answered>
}

function Shown({ credential }: { readonly credential: Credential }): ReactElement {
  const { id, name, description, refreshExpiresAt, createdAt } = credential
  useTitle(name)
  return (
    <>
      <Section title={name} isSubject actions={<Actions credential={credential} />}>
        {description !== '' && <p className="dim">{description}</p>}
        <ProblemNotice credential={credential} />
        <Facts
          of={[
            ['Plugin', 'Pinterest'],
            ['Token', <CredentialState key="state" credential={credential} />],
            ['Good until', <Time key="until" at={refreshExpiresAt} />],
            ['Added', <Time key="added" at={createdAt} />],
          ]}
        />
      </Section>
      <AdAccounts key={credential.version} id={id} />
      <Section title="Destinations">
        <RelatedRows
          label="Destinations that use this credential"
          operation="destinations.list"
          of={{ credentialId: id }}
          columns={destinationColumns('of a credential')}
          empty={<Empty title="No destination uses it." />}
        />
      </Section>
      <Dialogs credential={credential} />
    </>
  )
}

function ProblemNotice({ credential }: { readonly credential: Credential }): ReactElement | null {
  const mayEdit = useMe().may('credential:edit')
  const { open } = useDialog()
  const { problem } = credential
  if (problem === null) return null
  return (
    <Notice
      tone="bad"
      action={
        mayEdit && (
          <Button size="xs" onClick={() => open('reauthorize')}>
            Reauthorize
          </Button>
        )
      }
    >
      <p>
        <Prose of={problem.message} />
      </p>
      <Steps of={problem.actions} />
    </Notice>
  )
}

function Actions({ credential }: { readonly credential: Credential }): ReactElement | null {
  const mayEdit = useMe().may('credential:edit')
  const { open } = useDialog()
  if (!mayEdit) return null
  return (
    <div className="row">
      <Button variant="default" onClick={() => open('edit')}>
        Edit
      </Button>
      <MoreMenu
        label={`More for ${credential.name}`}
        items={[
          { word: 'Reauthorize', onClick: () => open('reauthorize') },
          { word: 'Delete', onClick: () => open('delete'), isDestructive: true },
        ]}
      />
    </div>
  )
}

function Dialogs({ credential }: { readonly credential: Credential }): ReactElement | null {
  const mayEdit = useMe().may('credential:edit')
  const { dialog, close } = useDialog()
  if (!mayEdit) return null
  if (dialog === 'edit') return <EditCredentialDialog credential={credential} onClose={close} />
  if (dialog === 'reauthorize') return <ReauthorizeDialog credential={credential} onClose={close} />
  if (dialog === 'delete') return <DeleteCredentialDialog credential={credential} onClose={close} />
  return null
}

type Reached = Item<'credentials.ad-accounts'>

const adAccountColumns: readonly Column<Reached>[] = [
  { id: 'account', header: 'Ad account', width: '40%', cell: (account) => <Place of={account} /> },
  { id: 'role', header: 'Role', cell: ({ permissions }) => roleWords(permissions) },
  { id: 'currency', header: 'Currency', cell: ({ currency }) => currency ?? '–' },
  {
    id: 'lists',
    header: 'Customer lists',
    cell: ({ mayManageLists }) =>
      mayManageLists ? (
        <Mark tone="ok">May manage</Mark>
      ) : (
        <>
          <Mark tone="plain" icon="cross">
            May not manage
          </Mark>
          <div className="dim small">needs owner, admin or the Audience role</div>
        </>
      ),
  },
]

/** Read from Pinterest when the page is opened. */
function AdAccounts({ id }: { readonly id: string }): ReactElement {
  const accounts = useRead('credentials.ad-accounts', { params: { id } })
  // Why the token is not accepted stands above.
  const isRefused = accounts.error?.code === 'authorization_error'
  return (
    <Section title="Ad accounts it reaches">
      {isRefused && <p className="dim">Pinterest tells them once it accepts the token.</p>}
      {!isRefused && accounts.error !== null && (
        <ErrorNotice error={accounts.error} onRetry={() => void accounts.refetch()} />
      )}
      {accounts.error === null && (
        <DataTable
          label="Ad accounts it reaches"
          columns={adAccountColumns}
          rows={accounts.data?.items}
          keyOf={(account) => account.id}
          empty={
            <Empty title="It reaches no ad account.">
              In Pinterest, give the user who authorized Rollcall access to an ad account.
            </Empty>
          }
        />
      )}
    </Section>
  )
}
