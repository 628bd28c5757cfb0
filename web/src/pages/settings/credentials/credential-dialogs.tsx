import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../../api/hooks.ts'
import { counted } from '../../../format/number.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { dialogOf } from '../../../ui/dialog-of.ts'
import { FormDialog } from '../../../ui/form-dialog.tsx'
import { NameFields } from '../../../ui/name-fields.tsx'
import { toast } from '../../../ui/toasts.tsx'
import { InUse } from '../../../ui/in-use.tsx'
import { useGoOn } from '../../../ui/use-dialog.ts'
import { useEdit } from '../../../ui/use-edit.tsx'
import { AppFields, NewCredentialFields, RefreshTokenField } from './credential-fields.tsx'
import { labels, newValues, valuesOf } from './credential-form.ts'
import type { Credential, CredentialValues } from './credential-form.ts'

/** Dialogs that add, edit, reauthorize and delete a credential. */

const alsoChanges = ['destinations']

interface EditProps {
  readonly credential: Credential
  readonly onClose: () => void
}

/** After saving it goes to the credential's page, which asks Pinterest at once what the credential reaches. */
export function NewCredentialDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('credentials.create')
  const form = useForm({ initialValues: newValues })
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (body) => ({ body }),
    said: ({ name }) => `Credential "${name}" is saved.`,
    onSent: ({ id }) => void goOn({ to: '/settings/$tab/$id', params: { tab: 'credentials', id } }),
    onClose,
  })
  return (
    <FormDialog title="Credential settings" verb="Save" {...dialog}>
      <NewCredentialFields form={form} />
    </FormDialog>
  )
}

export function EditCredentialDialog({ credential, onClose }: EditProps): ReactElement {
  const { form, dialog } = useChange({
    credential,
    bodyOf: ({ name, description }) => ({ name, description }),
    done: ({ name }) => `Credential "${name}" is saved.`,
    onClose,
  })
  return (
    <FormDialog title="Edit credential" verb="Save" {...dialog}>
      <NameFields form={form} />
    </FormDialog>
  )
}

/** Another refresh token for the same credential, so that whatever uses it goes on. */
export function ReauthorizeDialog({ credential, onClose }: EditProps): ReactElement {
  const { name, destinations } = credential
  const { form, dialog } = useChange({
    credential,
    bodyOf: ({ appId, appSecret, refreshToken }) => ({
      refreshToken,
      ...(appId === '' ? {} : { appId, appSecret }),
    }),
    done: (after) => `Credential "${after.name}" has a new refresh token.`,
    onClose,
  })
  return (
    <FormDialog title={`Reauthorize "${name}"`} verb="Reauthorize" {...dialog}>
      <p className="dim">
        The credential stays the same
        {destinations > 0 &&
          `, and ${counted(destinations, 'destination goes', 'destinations go')} on with it`}
        .
      </p>
      <RefreshTokenField form={form} />
      <details className="more-fields">
        <summary>Another app</summary>
        <div className="stack">
          <p className="dim small">Only if the new token belongs to another app than the former one.</p>
          <AppFields form={form} isRequired={false} />
        </div>
      </details>
    </FormDialog>
  )
}

/** The form of what is changed, and what its dialog needs. */
function useChange(
  options: EditProps & {
    readonly bodyOf: (values: CredentialValues) => Partial<CredentialValues>
    readonly done: (after: Credential) => string
  },
) {
  const { credential, bodyOf, done, onClose } = options
  const form = useForm({ initialValues: valuesOf(credential), validate: appProblems })
  const { dialog } = useEdit({
    of: 'credentials',
    noun: 'credential',
    row: credential,
    form,
    valuesOf,
    labels,
    bodyOf,
    alsoChanges,
    done,
    onClose,
  })
  return { form, dialog }
}

function appProblems({
  appId,
  appSecret,
}: CredentialValues): Partial<Record<keyof CredentialValues, string>> {
  if (appId !== '' && appSecret === '') return { appSecret: 'Another app has a secret of its own.' }
  if (appId === '' && appSecret !== '') return { appId: 'Say which app the secret belongs to.' }
  return {}
}

export function DeleteCredentialDialog({ credential, onClose }: EditProps): ReactElement {
  const { id, name, destinations } = credential
  const goOn = useGoOn()
  const remove = useSend('credentials.delete')
  if (destinations > 0)
    return (
      <InUse noun="credential" onClose={onClose}>
        {counted(destinations, 'destination uses', 'destinations use')} it. Give{' '}
        {destinations === 1 ? 'it' : 'them'} another credential first, or delete{' '}
        {destinations === 1 ? 'it' : 'them'}.
      </InUse>
    )
  return (
    <Confirm
      title={`Delete credential "${name}"?`}
      verb="Delete"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id } })
        toast(`Credential "${name}" is deleted.`)
        await goOn({ to: '/settings/$tab', params: { tab: 'credentials' } })
      }}
    >
      Its app secret and refresh token are lost. The access given in Pinterest stays until you take it away
      there.
    </Confirm>
  )
}
