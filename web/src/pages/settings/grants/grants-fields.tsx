import { Checkbox } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Answered } from '../../../ui/notices.tsx'
import { usePolicies } from './grants.tsx'
import type { Grants } from './grants.tsx'

/** Policies and options to choose, each with what it allows. */
export function GrantsFields(props: {
  readonly form: { readonly getInputProps: (name: 'policies' | 'options') => object }
}): ReactElement {
  const { getInputProps } = props.form
  const found = usePolicies()
  return (
    <Answered of={found}>
      {({ policies, options }) => (
        <>
          <Group
            label="Policies"
            description="Several add up."
            choices={policies}
            {...getInputProps('policies')}
          />
          <Group
            label="Options"
            description="They add to the policies, or take away from them."
            choices={options}
            {...getInputProps('options')}
          />
        </>
      )}
    </Answered>
  )
}

function Group(props: {
  readonly label: string
  readonly description: string
  readonly choices: readonly { readonly name: string; readonly title: string; readonly about: string }[]
  readonly error?: ReactNode
}): ReactElement {
  const { choices, ...group } = props
  return (
    <Checkbox.Group {...group}>
      <div className="grants">
        {choices.map(({ name, title, about }) => (
          <Checkbox key={name} value={name} label={title} description={about} />
        ))}
      </div>
    </Checkbox.Group>
  )
}

export function noPolicy({ policies }: Grants): string | null {
  return policies.length === 0 ? 'Choose at least one policy.' : null
}
