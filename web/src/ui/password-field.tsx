import { PasswordInput } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'

/** Said before someone types a password; the API has the last word. */
export const PASSWORD_RULES =
  '12 to 200 characters; not the name, not the e-mail address, and not one repeated character.'

/** A password that someone types, which can be shown. */
export function PasswordField(props: {
  readonly label: string
  readonly autoComplete: 'current-password' | 'new-password'
  readonly description?: ReactNode
  /** In a dialog: the field that is typed into first. */
  readonly isFirst?: boolean
  readonly value?: string
  readonly error?: ReactNode
  readonly onChange: (value: string) => void
}): ReactElement {
  return (
    <PasswordInput
      label={props.label}
      description={props.description}
      autoComplete={props.autoComplete}
      required
      data-autofocus={props.isFirst}
      withAsterisk={false}
      value={props.value ?? ''}
      error={props.error ?? null}
      visibilityToggleButtonProps={{ 'aria-label': `Show ${props.label.toLowerCase()}` }}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  )
}
