import type { UseFormReturnType } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { Answer, ApiError } from '../api/call.ts'
import { readOptions } from '../api/hooks.ts'
import { mergedOf } from './merge.ts'
import { Notice } from './notices.tsx'

type Versioned =
  | 'orchestrations.get'
  | 'queries.get'
  | 'data-sources.get'
  | 'destinations.get'
  | 'credentials.get'
  | 'users.get'
  | 'api-keys.get'
  | 'alerts.get'

/**
 * For a form that edits something: when somebody else saved it meanwhile, theirs is taken in, and what was typed is kept and
 * can be saved over it.
 */
export function useTakeIn<Id extends Versioned, Values extends object>(options: {
  readonly operation: Id
  /** What it is, such as "orchestration". */
  readonly noun: string
  /** As the form was opened with it. */
  readonly row: Answer<Id>
  readonly form: UseFormReturnType<Values>
  readonly valuesOf: (row: Answer<Id>) => Values
  readonly labels: Readonly<Record<keyof Values, string>>
}): {
  /** The newest that is known; its version is sent with an edit. */
  readonly before: Answer<Id>
  readonly onError: (error: ApiError) => void
  /** What the dialog says about the error of a save. */
  readonly told: (error: ApiError | null) => {
    readonly error: ApiError | null
    readonly explained: ReactNode
  }
} {
  const { operation, noun, form, valuesOf, labels } = options
  const client = useQueryClient()
  const [before, setBefore] = useState(options.row)
  const [theirs, setTheirs] = useState<readonly string[] | null>(null)
  const takeIn = async (): Promise<void> => {
    const newest = await client.fetchQuery({
      ...readOptions<Versioned>(operation, { params: { id: before.id } }),
      staleTime: 0,
    })
    const after = valuesOf(newest)
    const merged = mergedOf(valuesOf(before), form.getValues(), after)
    form.setInitialValues(after)
    form.setValues(merged.values)
    setTheirs(merged.changedByThem.map((name) => labels[name]))
    setBefore(newest)
  }
  return {
    before,
    onError: ({ code }) => void (code === 'changed_meanwhile' && takeIn()),
    told: (error) => {
      if (error?.code !== 'changed_meanwhile') return { error, explained: null }
      if (theirs === null) return { error: null, explained: null }
      return { error, explained: <ChangedMeanwhile noun={noun} theirs={theirs} /> }
    },
  }
}

function ChangedMeanwhile(props: { readonly noun: string; readonly theirs: readonly string[] }): ReactNode {
  return (
    <Notice tone="warn">
      <p>Somebody else saved this {props.noun} since you opened it, so yours was not saved yet.</p>
      <p>
        {props.theirs.length > 0 && `They changed: ${props.theirs.join(', ')}. `}
        What you typed is still here, and the rest now shows what they saved. Look at it and save again.
      </p>
    </Notice>
  )
}
