import { Radio, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { Icon } from '../../ui/icon.tsx'
import { PickField } from '../../ui/pick-field.tsx'
import { NewCredentialFields } from '../settings/credentials/credential-fields.tsx'
import type { CredentialForm } from '../settings/credentials/credential-form.ts'
import { labels } from './destination-form.ts'
import type { DestinationKinds } from './destination-form.ts'

/** The first two steps of a new destination. */

const steps = { choose: 'Choose', credential: 'Credential', settings: 'Destination settings' } as const
export type Step = keyof typeof steps

/** All steps, and which one is shown. */
export function StepList({ step }: { readonly step: Step }): ReactElement {
  return (
    <ol className="steps">
      {Object.entries(steps).map(([name, word]) => (
        <li key={name} aria-current={name === step ? 'step' : undefined}>
          {word}
        </li>
      ))}
    </ol>
  )
}

/** What can be sent to, by name. */
export function ChooseStep(props: {
  readonly kinds: DestinationKinds
  readonly value: string
  readonly onChange: (kind: string) => void
  readonly error: string | null
}): ReactElement {
  const [search, setSearch] = useState('')
  const named = (text: string): DestinationKinds =>
    props.kinds.filter(({ title }) => title.toLowerCase().includes(text.trim().toLowerCase()))
  const found = named(search)
  const choose = (text: string): void => {
    setSearch(text)
    // The only one that is left is meant.
    const [only, ...others] = named(text)
    props.onChange(others.length === 0 ? (only?.kind ?? '') : '')
  }
  return (
    <>
      <TextInput
        type="search"
        label="Search"
        value={search}
        data-autofocus
        leftSection={<Icon name="search" size={16} />}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      <Radio.Group
        label="Send to"
        value={props.value}
        onChange={props.onChange}
        error={props.error}
        className="type-list"
      >
        {found.map(({ kind, title, about }) => (
          <Radio key={kind} value={kind} label={title} description={about} />
        ))}
        {found.length === 0 && <p className="dim">No matches. Clear the search to see all.</p>}
      </Radio.Group>
    </>
  )
}

export type CredentialChoice = 'present' | 'new'

export function CredentialStep(props: {
  readonly choice: CredentialChoice
  readonly onChoice: (choice: CredentialChoice) => void
  readonly picked: { readonly id: string; readonly name: string } | undefined
  readonly value: string
  readonly error: string | null
  readonly onPick: (id: string) => void
  readonly form: CredentialForm
}): ReactElement {
  const { choice, onChoice, form } = props
  const mayAdd = useMe().may('credential:edit')
  return (
    <>
      {mayAdd && (
        <Radio.Group
          label="Credential to use"
          value={choice}
          onChange={(value) => onChoice(value === 'new' ? 'new' : 'present')}
        >
          <div className="row choices">
            <Radio value="present" label="Existing credential" />
            <Radio value="new" label="Add credential" />
          </div>
        </Radio.Group>
      )}
      {choice === 'new' ? (
        <NewCredentialFields form={form} />
      ) : (
        <>
          <PickField
            label={labels.credentialId}
            operation="credentials.list"
            picked={props.picked}
            value={props.value}
            error={props.error}
            onChange={props.onPick}
          />
          <NoneYet />
        </>
      )}
    </>
  )
}

/** The only credential there is: it needs no choosing. */
export function useOnlyCredential(): { readonly id: string; readonly name: string } | undefined {
  const [first, second] = useFewCredentials() ?? []
  return second === undefined ? first : undefined
}

function useFewCredentials() {
  return useRead('credentials.list', { query: { limit: 2 } }).data?.items
}

function NoneYet(): ReactElement | null {
  if (useFewCredentials()?.length !== 0) return null
  return <p className="dim">There is no credential yet. Choose Add credential.</p>
}
