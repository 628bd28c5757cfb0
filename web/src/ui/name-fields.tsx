import { Textarea, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'

/** The name and description of anything that has both. */
export function NameFields(props: {
  readonly form: { readonly getInputProps: (name: 'name' | 'description') => object }
}): ReactElement {
  const { getInputProps } = props.form
  return (
    <>
      <TextInput label="Name" required withAsterisk={false} data-autofocus {...getInputProps('name')} />
      <Textarea label="Description" autosize minRows={2} {...getInputProps('description')} />
    </>
  )
}
