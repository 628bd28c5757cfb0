import type { UseFormReturnType } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'
import type { Answer, ApiError, Input } from '../api/call.ts'
import { readOptions, useSend } from '../api/hooks.ts'
import type { Operations } from '../api/operations.ts'
import { capital } from '../format/words.ts'
import { mergedOf } from './merge.ts'
import { Notice } from './notices.tsx'
import { toast } from './toasts.tsx'

/** What is edited: the resource of its operations. */
type Edited =
  | 'orchestrations'
  | 'queries'
  | 'data-sources'
  | 'destinations'
  | 'credentials'
  | 'users'
  | 'api-keys'
  | 'alerts'

type Row<Of extends Edited> = Answer<`${Of}.get`>
type Body<Of extends Edited> = Omit<Operations[`${Of}.update`]['body'], 'version'>

/**
 * The form of a dialog that edits something. When someone else saved it meanwhile, theirs is taken in, and what was typed is
 * kept and can be saved over it.
 */
export function useEdit<Of extends Edited, Values extends object>(options: {
  readonly of: Of
  /** What it is, such as "orchestration". */
  readonly noun: string
  /** As the form was opened with it. */
  readonly row: Row<Of>
  readonly form: UseFormReturnType<Values>
  readonly valuesOf: (row: Row<Of>) => Values
  readonly labels: Readonly<Record<keyof Values, string>>
  /** What is sent of what was typed. */
  readonly bodyOf: (values: Values, before: Row<Of>) => Body<Of>
  readonly alsoChanges?: readonly string[]
  /** What is told once it is saved, instead of that it is. */
  readonly done?: (after: Answer<`${Of}.update`>) => string
  /** Instead of closing the dialog. */
  readonly onSaved?: (after: Answer<`${Of}.update`>) => void
  readonly onClose: () => void
}): {
  /** The newest that is known. */
  readonly before: Row<Of>
  /** What its `FormDialog` takes. */
  readonly dialog: {
    readonly isDirty: boolean
    readonly isSending: boolean
    readonly error: ApiError | null
    readonly explained: ReactNode
    readonly onSubmit: (event?: FormEvent<HTMLFormElement>) => void
    readonly onClose: () => void
  }
} {
  const { of, noun, form, valuesOf, labels, bodyOf, onClose } = options
  const client = useQueryClient()
  const update = useSend(`${of}.update`, {
    alsoChanges: options.alsoChanges ?? [],
    onDone: (after) => toast(options.done?.(after) ?? `${capital(noun)} "${nameIn(after)}" is saved.`),
  })
  const [before, setBefore] = useState(options.row)
  const [theirs, setTheirs] = useState<readonly string[] | null>(null)
  const takeIn = async (): Promise<void> => {
    const newest = (await client.fetchQuery({
      ...readOptions<`${Edited}.get`>(`${of}.get`, { params: { id: before.id } }),
      staleTime: 0,
    })) as Row<Of>
    const after = valuesOf(newest)
    const merged = mergedOf(valuesOf(before), form.getValues(), after)
    form.setInitialValues(after)
    form.setValues(merged.values)
    setTheirs(merged.changedByThem.map((name) => labels[name]))
    setBefore(newest)
  }
  const onSubmit = form.onSubmit((values) => {
    const body = { ...bodyOf(values, before), version: before.version }
    // Every one of these operations takes this, which a type cannot say of all at once.
    const input: unknown = { params: { id: before.id }, body }
    update.mutate(input as Input<`${Of}.update`>, {
      onSuccess: (after) => {
        if (options.onSaved === undefined) onClose()
        else options.onSaved(after)
      },
      onError: ({ code }) => void (code === 'changed_meanwhile' && takeIn()),
    })
  })
  const isMerged = update.error?.code === 'changed_meanwhile'
  // Nothing is said before theirs is taken in.
  const error = isMerged && theirs === null ? null : update.error
  return {
    before,
    dialog: {
      isDirty: form.isDirty(),
      isSending: update.isPending,
      error,
      explained: isMerged && theirs !== null ? <ChangedMeanwhile noun={noun} theirs={theirs} /> : null,
      onSubmit,
      onClose,
    },
  }
}

/** An alert is answered with its secret beside it. */
function nameIn(answer: object): string {
  const { name, alert } = answer as { readonly name?: string; readonly alert?: { readonly name: string } }
  return name ?? alert?.name ?? ''
}

function ChangedMeanwhile(props: { readonly noun: string; readonly theirs: readonly string[] }): ReactNode {
  return (
    <Notice tone="warn">
      <p>
        This {props.noun} was saved after you opened it, by another person or in another tab. Your changes are
        not saved yet.
      </p>
      <p>
        {props.theirs.length > 0 && `They changed: ${props.theirs.join(', ')}. `}
        What you typed is still here, and the rest now shows what was saved there. Look at it and save again.
      </p>
    </Notice>
  )
}
