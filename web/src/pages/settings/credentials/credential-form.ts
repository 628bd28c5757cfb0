import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Filled } from '../../../api/call.ts'
import type { CredentialInput } from '../../../api/operations.ts'

/** What the forms of a credential hold. Secrets are never read, so that their fields begin empty. */

export type Credential = Answer<'credentials.get'>

export type CredentialValues = Filled<Omit<CredentialInput, 'plugin'>>

export type CredentialForm = UseFormReturnType<CredentialValues>

export const labels: Readonly<Record<keyof CredentialValues, string>> = {
  name: 'Name',
  description: 'Description',
  appId: 'App ID',
  appSecret: 'App secret',
  refreshToken: 'Refresh token',
}

export const newValues: CredentialValues = {
  name: '',
  description: '',
  appId: '',
  appSecret: '',
  refreshToken: '',
}

export function valuesOf({ name, description }: Credential): CredentialValues {
  return { ...newValues, name, description }
}
