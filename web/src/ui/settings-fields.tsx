import { Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { CHECKED } from './settings-form.ts'
import type { SettingsField, SettingsKind, ShownSettings } from './settings-form.ts'

/** A field of a form for one setting; the rest is what the form gives an input. */
export function SettingField({
  field,
  isNew,
  ...input
}: {
  readonly field: SettingsField
  readonly isNew: boolean
}): ReactElement {
  const { label, hint, secret, several, checkbox, choices } = field
  if (checkbox) {
    const { value, onChange, ...rest } = input as unknown as TextInputs
    return (
      <Checkbox
        label={label}
        description={hint}
        checked={value === CHECKED}
        onChange={(event) => onChange(event.currentTarget.checked ? CHECKED : '')}
        {...rest}
      />
    )
  }
  if (choices.length > 0)
    return <NativeSelect label={label} description={hint} data={[...choices]} {...input} />
  if (!secret)
    return several ? (
      <Textarea label={label} description={hint} autosize minRows={2} {...input} />
    ) : (
      <TextInput label={label} description={hint} {...input} />
    )
  return (
    <PasswordInput
      label={label}
      description={`${hint} It is encrypted and never shown again.${isNew ? '' : ' Leave this empty to keep the current one.'}`}
      autoComplete="off"
      visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }}
      {...input}
    />
  )
}

/** What the form gives the input of a text. */
interface TextInputs {
  readonly value?: string
  readonly onChange: (value: string) => void
}

/** What is shown of settings, and of the others that there are, as names and values. */
export function settingFacts(
  kind: (Pick<SettingsKind, 'fields'> & Partial<Pick<SettingsKind, 'facts'>>) | undefined,
  settings: ShownSettings,
): (readonly [string, ReactNode])[] {
  const named = [...(kind?.fields.filter(({ secret }) => !secret) ?? []), ...(kind?.facts ?? [])]
  return [
    ...named.flatMap(({ name, label }) => {
      const value = settings[name]
      if (value === undefined || value === false) return []
      return [[label, value === true ? 'yes' : <Values key={name} of={value} />] as const]
    }),
    ...(kind?.fields ?? []).flatMap(({ label, secret }) =>
      secret ? [[label, 'stored encrypted, never shown'] as const] : [],
    ),
  ]
}

function Values({ of }: { readonly of: string | readonly string[] }): ReactElement {
  if (typeof of === 'string') return <code>{of}</code>
  return (
    <ul>
      {of.map((text) => (
        <li key={text}>
          <code>{text}</code>
        </li>
      ))}
    </ul>
  )
}
