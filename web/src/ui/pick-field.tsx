import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../api/hooks.ts'
import { offeredWithin } from './offered-within.ts'

/** Lists whose rows can be picked by their names. */
type Pickable = 'credentials.list' | 'data-sources.list' | 'queries.list' | 'destinations.list'

interface Named {
  readonly id: string
  readonly name: string
}

const TYPING_MS = 200
const OFFERED = 50

/** One of the rows of a list, found by typing a part of its name, however many there are. */
export function PickField(props: {
  readonly label: string
  readonly operation: Pickable
  /** Id of what is picked; empty for nothing yet. */
  readonly value: string
  /** What is picked already, when it was before the field was shown. */
  readonly picked?: Named | undefined
  readonly description?: ReactNode
  readonly disabled?: boolean
  readonly error?: ReactNode
  readonly onChange: (id: string) => void
}): ReactElement {
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<Named | undefined>(props.picked)
  const [searched] = useDebouncedValue(typed, TYPING_MS)
  // Once something is picked the field shows its name, which no one searches for.
  const search = searched === chosen?.name ? '' : searched
  const found = useRead(props.operation, { query: { limit: OFFERED, search } })
  const rows: readonly Named[] = found.data?.items ?? []
  // Until there is an answer, only those of the rows before that fit: so a row that is chosen by key keeps its place.
  const isAwaited = typed !== chosen?.name && (typed !== searched || found.isPlaceholderData)
  const fits = ({ name }: Named): boolean =>
    !isAwaited || name.toLowerCase().includes(typed.trim().toLowerCase())
  const offered =
    chosen === undefined || rows.some(({ id }) => id === chosen.id) || search !== ''
      ? rows
      : [chosen, ...rows]
  const pick = (id: string | null): void => {
    setChosen(offered.find((row) => row.id === id))
    props.onChange(id ?? '')
  }
  return (
    <Select
      label={props.label}
      description={props.description}
      disabled={props.disabled === true}
      required
      withAsterisk={false}
      searchable
      {...offeredWithin}
      allowDeselect={false}
      data={offered.filter(fits).map(({ id, name }) => ({ value: id, label: name }))}
      filter={({ options }) => options}
      value={props.value === '' ? null : props.value}
      onChange={pick}
      onSearchChange={setTyped}
      nothingFoundMessage={found.data === undefined || isAwaited ? 'Loading…' : 'No matches'}
      error={props.error ?? found.error?.message}
    />
  )
}
