import { Button, TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import type { ReactElement } from 'react'

/** A text to take along. Browsers let a page copy over https alone; elsewhere the text is marked and copied by hand. */
export function CopyField(props: {
  readonly label: string
  readonly value: string
  readonly onCopied: () => void
}): ReactElement {
  const field = useRef<HTMLInputElement>(null)
  const [said, setSaid] = useState('')
  const done = (): void => {
    setSaid('Copied.')
    props.onCopied()
  }
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.value)
      done()
    } catch {
      field.current?.select()
      setSaid('This browser does not let the page copy. The text is selected: copy it with the keyboard.')
    }
  }
  return (
    <div>
      <div className="copy-field">
        <TextInput
          ref={field}
          label={props.label}
          value={props.value}
          readOnly
          classNames={{ input: 'copy-value' }}
          onFocus={(event) => event.currentTarget.select()}
          onCopy={done}
        />
        <Button data-autofocus onClick={() => void copy()}>
          Copy
        </Button>
      </div>
      <p className="dim small" role="status">
        {said}
      </p>
    </div>
  )
}
