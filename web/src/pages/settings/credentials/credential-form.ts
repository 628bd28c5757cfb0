import type { UseFormReturnType } from '@mantine/form'
import type { Answer } from '../../../api/call.ts'

/** What the forms of a credential hold. Secrets are never read, so that their fields begin empty. */

export type Credential = Answer<'credentials.get'>

export interface CredentialValues {
  readonly name: string
  readonly description: string
  readonly appId: string
  readonly appSecret: string
  readonly refreshToken: string
}

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
