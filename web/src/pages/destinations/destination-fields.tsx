import { Checkbox } from '@mantine/core'
import type { ReactElement } from 'react'
import { counted } from '../../format/number.ts'
import { LimitFields } from '../../ui/limit-fields.tsx'
import { NameFields } from '../../ui/name-fields.tsx'
import { Notice } from '../../ui/notices.tsx'
import { PickField } from '../../ui/pick-field.tsx'
import { SettingField } from '../../ui/settings-fields.tsx'
import { settingName, settingsIn } from '../../ui/settings-form.ts'
import { AdAccountField } from './ad-account-field.tsx'
import { kindOf, labels, limitFields } from './destination-form.ts'
import type { Destination, DestinationForm, DestinationKinds } from './destination-form.ts'

/** The fields of a destination; the credential of a new one was chosen in the step before. */
export function DestinationFields(props: {
  readonly form: DestinationForm
  readonly kinds: DestinationKinds
  readonly before?: Destination
}): ReactElement {
  const { form, kinds, before } = props
  const values = form.getValues()
  const { credentialId } = values
  return (
    <>
      <NameFields form={form} />
      {before !== undefined && (
        <PickField
          label={labels.credentialId}
          operation="credentials.list"
          picked={before.credential ?? undefined}
          value={credentialId}
          error={form.errors['credentialId']}
          onChange={(id) => form.setFieldValue('credentialId', id)}
        />
      )}
      <Checkbox
        label={labels.adminOnly}
        description="Only Datagrid Operators and Datagrid Administrators see it. Otherwise, everyone who may view PII sees it."
        {...form.getInputProps('adminOnly', { type: 'checkbox' })}
      />
      <Checkbox
        label={labels.limitedPii}
        description="Limited access to PII is enough for this destination."
        {...form.getInputProps('limitedPii', { type: 'checkbox' })}
      />
      {kindOf(kinds, values)?.fields.map((field) => {
        const input = form.getInputProps(settingName(field.name))
        return field.offers === 'ad_accounts' ? (
          <AdAccountField
            key={field.name + credentialId}
            field={field}
            typed={settingsIn(values)[field.name] ?? ''}
            credentialId={credentialId}
            input={input}
          />
        ) : (
          <SettingField key={field.name} field={field} isNew={before === undefined} {...input} />
        )
      })}
      {before !== undefined && <OtherAccount form={form} before={before} />}
      <LimitFields of={limitFields} form={form} />
    </>
  )
}

/** What another ad account means for what is sent already. */
function OtherAccount(props: {
  readonly form: DestinationForm
  readonly before: Destination
}): ReactElement | null {
  const { place, orchestrations } = props.before
  if (orchestrations === 0 || place === null) return null
  if (settingsIn(props.form.getValues())['adAccountId']?.trim() === place.id) return null
  return (
    <Notice tone="warn">
      <p>
        {counted(orchestrations, 'orchestration', 'orchestrations')} of this destination would keep{' '}
        {orchestrations === 1 ? 'a list' : 'lists'} in the other ad account from then on.{' '}
        {orchestrations === 1 ? 'The list' : 'The lists'} in {place.name} would stay as{' '}
        {orchestrations === 1 ? 'it is' : 'they are'}.
      </p>
    </Notice>
  )
}
