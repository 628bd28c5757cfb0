import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import '../../../styles/settings.css'
import { useRead } from '../../../api/hooks.ts'
import { Facts } from '../../../ui/facts.tsx'
import { MoreMenu } from '../../../ui/more-menu.tsx'
import { Answered, Notice } from '../../../ui/notices.tsx'
import { Section, useTitle } from '../../../ui/page.tsx'
import { Time } from '../../../ui/time.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { useGrantsFacts } from '../grants/grants.tsx'
import { EditKeyDialog, EndFormerDialog, RevokeKeyDialog, RotateKeyDialog } from './key-dialogs.tsx'
import { TimeOrNever, formerUntil, KeyState } from './key-state.tsx'
import type { ApiKey } from './key-state.tsx'

const dialogs = {
  edit: EditKeyDialog,
  rotate: RotateKeyDialog,
  'end-former': EndFormerDialog,
  revoke: RevokeKeyDialog,
} as const

/** One API key. */
export function ApiKeyItem({ id }: { readonly id: string }): ReactElement {
  const found = useRead('api-keys.get', { params: { id } })
  return <Answered of={found}>{(apiKey) => <Shown apiKey={apiKey} />}</Answered>
}

function Shown({ apiKey }: { readonly apiKey: ApiKey }): ReactElement {
  const { name, revokedAt, expiresAt, lastUsedAt, createdAt } = apiKey
  const { dialog, open, close } = useDialog()
  const grants = useGrantsFacts(apiKey)
  const until = formerUntil(apiKey)
  useTitle(name)
  const Open = Object.entries(dialogs).find(([key]) => key === dialog && revokedAt === null)?.[1]
  return (
    <>
      <Section title={name} isSubject actions={revokedAt === null && <Actions name={name} open={open} />}>
        {until !== null && (
          <Notice
            tone="warn"
            action={
              <Button variant="default" size="xs" onClick={() => open('end-former')}>
                End the previous token now
              </Button>
            }
          >
            The previous token works until <Time at={until} />.
          </Notice>
        )}
        <Facts
          of={[
            ['State', <KeyState key="state" apiKey={apiKey} />],
            ['Last used', <TimeOrNever key="used" at={lastUsedAt} />],
            ['Expires', <TimeOrNever key="expires" at={expiresAt} />],
            ...grants,
            ['Added', <Time key="added" at={createdAt} />],
            ...(revokedAt === null ? [] : ([['Revoked', <Time key="end" at={revokedAt} />]] as const)),
          ]}
        />
      </Section>
      {Open !== undefined && <Open apiKey={apiKey} onClose={close} />}
    </>
  )
}

function Actions(props: { readonly name: string; readonly open: (dialog: string) => void }): ReactElement {
  const { name, open } = props
  return (
    <div className="row">
      <Button variant="default" onClick={() => open('rotate')}>
        Rotate
      </Button>
      <MoreMenu
        label={`More for ${name}`}
        items={[
          { word: 'Edit', onClick: () => open('edit') },
          { word: 'Revoke', onClick: () => open('revoke'), isDestructive: true },
        ]}
      />
    </div>
  )
}
