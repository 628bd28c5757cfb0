import type { Filled } from '../../../api/call.ts'
import type { UserInput } from '../../../api/operations.ts'
import { noPolicy } from '../grants/grants-fields.tsx'
import type { User } from './user-state.tsx'

/** What the form of a user holds. */

export type UserValues = Filled<Omit<UserInput, 'password'>>

export const labels: Readonly<Record<keyof UserValues, string>> = {
  email: 'E-mail address',
  name: 'Name',
  policies: 'Policies',
  options: 'Options',
}

export const newUser = { email: '', name: '', policies: [], options: [], password: '' } as const

export function valuesOf({ email, name, policies, options }: User): UserValues {
  return { email, name, policies, options }
}

export function problemsOf(values: UserValues): Record<string, string | null> {
  return {
    email: values.email.trim() === '' ? 'Give the address that they sign in with.' : null,
    name: values.name.trim() === '' ? 'Give the user a name.' : null,
    policies: noPolicy(values),
  }
}
