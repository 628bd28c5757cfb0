import { NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { Icon } from './icon.tsx'

/** Fields above a list. What they hold is in the address, so that it can be shared and gone back to. */

const TYPING_MS = 250

/** Tells what was typed when the typing rests. */
export function SearchField(props: {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}): ReactElement {
  const { value = '', onChange } = props
  const [text, setText] = useState(value)
  const told = useRef(value)
  useEffect(() => {
    // The address changed by itself: someone went back.
    if (value !== told.current) setText(value)
    told.current = value
  }, [value])
  useEffect(() => {
    if (text === told.current) return undefined
    const timer = setTimeout(() => {
      told.current = text
      onChange(text)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, onChange])
  return (
    <TextInput
      type="search"
      label={props.label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      leftSection={<Icon name="search" size={16} />}
    />
  )
}

export interface Choice {
  readonly value: string
  readonly label: string
}

/** One of a few values, or all. */
export function ChoiceField(props: {
  readonly label: string
  readonly all: string
  readonly choices: readonly Choice[]
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}): ReactElement {
  return (
    <NativeSelect
      label={props.label}
      value={props.value ?? ''}
      data={[{ value: '', label: props.all }, ...props.choices]}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  )
}

export function DayField(props: {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}): ReactElement {
  return (
    <TextInput
      type="date"
      label={props.label}
      value={props.value ?? ''}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  )
}
