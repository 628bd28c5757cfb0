import { NativeSelect, TextInput } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { NameFields } from '../../../ui/name-fields.tsx'
import { labels } from './credential-form.ts'
import type { CredentialForm } from './credential-form.ts'

/** The fields of a credential: all of a new one, and those of its parts that are edited apart. */

interface FieldsProps {
  readonly form: CredentialForm
}

export function NewCredentialFields({ form }: FieldsProps): ReactElement {
  return (
    <>
      <NativeSelect label="Plugin" data={['Pinterest']} defaultValue="Pinterest" />
      <NameFields form={form} />
      <AppFields form={form} isRequired />
      <RefreshTokenField form={form} />
    </>
  )
}

/** The app that was authorized. */
export function AppFields({
  form,
  isRequired,
}: FieldsProps & { readonly isRequired: boolean }): ReactElement {
  return (
    <>
      <TextInput
        label={labels.appId}
        description={
          <>
            The number of the app, under My apps at <Developers />.
          </>
        }
        autoComplete="off"
        required={isRequired}
        withAsterisk={false}
        {...form.getInputProps('appId')}
      />
      <SecretField
        form={form}
        name="appSecret"
        about="Beside the App ID there. It is never shown again."
        isRequired={isRequired}
      />
    </>
  )
}

export function RefreshTokenField({ form }: FieldsProps): ReactElement {
  return (
    <SecretField
      form={form}
      name="refreshToken"
      about="Pinterest gives it when a user authorizes the app; it begins with pinr. It is never shown again."
      isRequired
    />
  )
}

function SecretField(props: {
  readonly form: CredentialForm
  readonly name: 'appSecret' | 'refreshToken'
  readonly about: ReactNode
  readonly isRequired: boolean
}): ReactElement {
  return (
    <TextInput
      type="password"
      data-autofocus
      // A browser must neither fill in a person's own password nor offer to keep this one.
      autoComplete="new-password"
      label={labels[props.name]}
      description={props.about}
      required={props.isRequired}
      withAsterisk={false}
      {...props.form.getInputProps(props.name)}
    />
  )
}

function Developers(): ReactElement {
  return (
    <a href="https://developers.pinterest.com/apps/" target="_blank" rel="noreferrer">
      developers.pinterest.com<span className="hidden"> (opens a new tab)</span>
    </a>
  )
}
